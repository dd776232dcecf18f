"""``python -m lab invoke`` as a process."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from measurement.stamps import ROOT
from tests.support.http_events import rest
from tests.support.lab.command_line import command, one_line, run


def test_one_event(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"do": "echo", "value": "hello"}')
    done = run("invoke", str(path), "--package", str(package), "--handler", "probe.handler", "--memory", "256")
    assert (done.returncode, done.stdout) == (0, '"hello"\n')
    assert re.search(r"^REPORT RequestId: .*Memory Size: 256 MB", done.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("closed", "event", "expected"),
    [
        (">&-", "event.json", (0, "", "REPORT RequestId")),
        ("2>&-", "event.json", (0, '"hello"\n', "")),
        (">&- 2>&-", "event.json", (0, "", "")),
        ("<&-", "event.json", (0, '"hello"\n', "REPORT RequestId")),
        ("<&-", "-", (1, "", "-: expected an event in JSON")),
    ],
)
def test_a_standard_stream_may_be_closed(
    package: Path, tmp_path: Path, closed: str, event: str, expected: tuple[int, str, str]
) -> None:
    (tmp_path / "event.json").write_text('{"do": "echo", "value": "hello"}')
    words = command("invoke", event, "--package", str(package), "--handler", "probe.handler")
    shell = ["sh", "-c", f'cd "$1"; shift; PYTHONPATH="{ROOT}" exec "$@" {closed}', "sh", str(tmp_path), *words]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == expected[:2], done.stderr
    assert expected[2] in done.stderr
    assert "Traceback" not in done.stderr


def test_one_event_on_managed_instances(package: Path) -> None:
    event = '{"do": "where"}'
    zipped = ("--package", str(package), "--handler", "probe.handler", "--max-concurrency", "2")
    done = run("invoke", "-", *zipped, "--memory", "2048", text=event)
    assert "AWS_LAMBDA_MAX_CONCURRENCY" in json.loads(done.stdout)["environment"]
    assert '"type":"platform.report"' in done.stderr
    assert "--memory: expected at least 2048" in one_line(run("invoke", "-", *zipped, text=event))


@pytest.mark.parametrize(
    ("given", "status"), [((), 200), (("MONOLAMBDA_API_KEYS=" + 64 * "a",), 401), (("MONOLAMBDA_PUBLIC=false",), 401)]
)
def test_keys_in_the_options_close_the_app(given: tuple[str, ...], status: int, tmp_path: Path) -> None:
    """Without keys the lab opens it, which keys of the environment always prevented."""
    named = (f"MONOLAMBDA_STORAGE={tmp_path}", *given)
    done = run(
        "invoke", "-", *(part for each in named for part in ("--env", each)), text=json.dumps(rest("GET", "/images"))
    )
    assert json.loads(done.stdout)["statusCode"] == status


def test_a_function_error_is_an_exit_code(package: Path) -> None:
    done = run("invoke", "-", "--package", str(package), "--handler", "probe.handler", text='{"do": "raise"}')
    assert done.returncode == 1
    assert json.loads(done.stdout)["errorType"] == "ValueError"


def test_a_bad_event_is_reported_in_one_line(tmp_path: Path) -> None:
    assert "No such file" in one_line(run("invoke", str(tmp_path / "none.json")))
    assert "-: expected an event in JSON: " in one_line(run("invoke", "-", text="{"))
    (tmp_path / "latin-1.json").write_bytes(b'"\xe9"')
    assert "latin-1.json: expected an event in JSON: " in one_line(run("invoke", str(tmp_path / "latin-1.json")))
