"""A proof takes down what it deployed, whatever happens, and nothing that was there before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from infra import prove
from infra.deploy.settings import ROOT
from infra.smoke import SmokeFailed

NOWHERE = "http://127.0.0.1:9"


class _Lambda:
    """A client of an account in which the function stands or not."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, *, stands: bool) -> None:
        self.stands = stands

    def get_function(self, FunctionName: str) -> dict[str, Any]:
        if not self.stands:
            raise self.exceptions.ResourceNotFoundException
        return {}


class _Zappa:
    """Zappa, as far as a Lambda client sees what it does."""

    def __init__(self, client: _Lambda) -> None:
        self.commands: list[str] = []
        self._client = client

    def __call__(self, *arguments: str) -> str:
        self.commands.append(arguments[0])
        if arguments[0] in ("deploy", "undeploy"):
            self._client.stands = arguments[0] == "deploy"
        return json.dumps({"API Gateway URL": NOWHERE})


def test_a_stage_that_fails_its_trial_is_undeployed() -> None:
    client = _Lambda(stands=False)
    zappa = _Zappa(client)
    with pytest.raises(SmokeFailed, match="GET /healthz was not answered"):
        prove.prove("dev", "key", client=client, zappa=zappa, cold_starts=1)
    assert zappa.commands == ["deploy", "status", "undeploy"]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (None, r"results\.json: expected the INIT of one function that `python -m lab run one_or_many` measures"),
        ("{}", r"results\.json: expected the INIT of one function"),
        ((ROOT / "lab" / "results.json").read_text(), "expected the commit of what is deployed, from git: "),
    ],
)
def test_what_is_missing_here_is_said_before_anything_is_deployed(
    results: str | None, expected: str, tmp_path: Path
) -> None:
    """The lab's figure and the commit were read after half an hour on AWS, and git's error was not printed."""
    (tmp_path / "lab").mkdir()
    if results:
        (tmp_path / "lab" / "results.json").write_text(results)
    client = _Lambda(stands=False)
    zappa = _Zappa(client)
    with pytest.raises(click.ClickException, match=expected):
        prove.prove("dev", "key", client=client, zappa=zappa, cold_starts=1, root=tmp_path)
    assert zappa.commands == []


def test_a_stage_that_stands_is_not_touched() -> None:
    client = _Lambda(stands=True)
    zappa = _Zappa(client)
    with pytest.raises(click.ClickException, match="monolambda-dev exists"):
        prove.prove("dev", "key", client=client, zappa=zappa, cold_starts=1)
    assert zappa.commands == []


def test_a_report_line_of_aws_is_read() -> None:
    """The line is from AWS's page: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    start = prove.parse_report(
        "START RequestId: 8f507cfc Version: $LATEST\nDuration: 1.00 ms is what a caller wrote\nEND RequestId: 8f50\n"
        "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 15.74 ms\tBilled Duration: 147 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 56 MB\tInit Duration: 130.49 ms\n"
    )
    assert (start.init_ms, start.duration_ms, start.billed_ms, start.max_memory_mb) == (130.49, 15.74, 147, 56)


def test_a_warm_report_line_is_refused() -> None:
    with pytest.raises(click.ClickException, match="expected the REPORT line of a cold start"):
        prove.parse_report("REPORT RequestId: 1\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMax Memory Used: 56 MB\n")


@pytest.mark.parametrize(
    ("arguments", "key"),
    [([], "k"), (["staging"], "k"), (["dev"], ""), (["dev", "0"], "k"), (["dev", "x"], "k"), (["dev", "1", "2"], "k")],
)
def test_wrong_arguments_are_refused_before_anything_is_done(
    arguments: list[str], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        prove.main(arguments, key)
    assert "make prove STAGE=dev KEY=" in capsys.readouterr().err
