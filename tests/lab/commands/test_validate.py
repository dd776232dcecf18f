"""``python -m lab validate`` as a process, against a lab in this one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.local_lambda import LocalLambda, Options
from lab.validate import own_lab, validation
from lab.validate.probes import PROBES
from tests.support.lab.command_line import one_line, run

SECRET = "not-to-be-reported"
# what depends on this machine: rights, kernel, locale
ON_THIS_MACHINE = {
    "other variables",
    "temp directory",
    "size of the temp directory",
    "writable of /, /dev/shm, /tmp, /var/tmp",
    "package",
    "multiprocessing.Lock",
}


@pytest.fixture(scope="module")
def lab() -> Iterator[LocalLambda]:
    def build(directory: Path) -> list[Any]:
        environment = {"PROBE_SECRET": SECRET}
        return [msgspec.structs.replace(each, environment=environment) for each in own_lab.deployed(directory)]

    with LocalLambda(build, Options(retry_scale=0.001)) as started:
        yield started


@pytest.fixture(scope="module")
def done(lab: LocalLambda, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, validation.Validation, str]:
    """Return the output of one run, and the file that it wrote."""
    out = tmp_path_factory.mktemp("validate") / "validation.json"
    options = ["--function", own_lab.NAME, "--endpoint-url", lab.invoke_url, "--url", f"{lab.url}/", "--slow"]
    process = run("validate", *options, "--out", str(out), timeout_s=300)
    assert process.returncode == 0, process.stderr
    return process.stdout, validation.read(out), out.read_text()


Done = tuple[str, validation.Validation, str]


def test_every_trait_gets_a_line_and_an_observation(done: Done) -> None:
    printed, written, _ = done
    traits = [each.trait for each in written.runs["127.0.0.1"].observations]
    assert traits[: len(PROBES)] == [each.trait for each in PROBES]
    assert [trait for trait in traits if f" {trait}: " not in printed] == []
    assert f"{len(traits)} traits: " in printed.splitlines()[-2]


def test_what_the_fidelity_table_promises_is_seen(done: Done) -> None:
    run = done[1].runs["127.0.0.1"]
    undecided = [each.trait for each in run.observations if each.verdict == "not decided"]
    assert undecided == []
    assert run.seen("a thread between invocations") == "frozen"
    assert run.seen("an asynchronous event that fails") == "runs 3 times under one request id"
    assert run.seen("REST API: a function that fails") == "502 Internal server error"


def test_the_stored_column_of_the_lab_is_what_the_lab_does(done: Done) -> None:
    stored = {each.trait: each for each in validation.read(validation.STORED).runs[validation.LAB].observations}
    for each in done[1].runs["127.0.0.1"].observations:
        if each.trait not in ON_THIS_MACHINE:
            assert stored.get(each.trait) == each, "run `python -m lab validate` and `make docs`"


def test_the_file_has_the_lab_beside_it_and_no_secret(done: Done) -> None:
    _, written, text = done
    assert set(written.runs) == {"127.0.0.1", validation.LAB}
    assert SECRET not in text
    assert json.loads(text)["runs"]["127.0.0.1"]["function"]["memory"] == "256 MB"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--function", "probe"], "--function: expected the ARN of a function on AWS"),
        (["--url", "http://127.0.0.1:1/"], "--function: expected the name of the probe function there"),
        (["--function", "probe", "--endpoint-url", "http://127.0.0.1:1"], "Could not connect to the endpoint URL"),
    ],
)
def test_what_cannot_be_probed_is_one_line(options: list[str], problem: str) -> None:
    assert problem in one_line(run("validate", *options))


@pytest.mark.parametrize(
    ("options", "environ", "problem"),
    [
        (["--endpoint-url", "foo"], {}, "--endpoint-url: Invalid endpoint: foo"),
        (["--endpoint-url", "http://["], {}, "--endpoint-url: Invalid IPv6 URL"),
        (["--endpoint-url", "http://a"], {"AWS_PROFILE": "nope"}, "The config profile (nope) could not be found"),
        ([], {"AWS_PROFILE": "nope"}, "The config profile (nope) could not be found"),
    ],
)
def test_a_client_that_cannot_be_made_is_one_line(options: list[str], environ: dict[str, str], problem: str) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:probe"
    assert problem in one_line(run("validate", "--function", arn, *options, environ=environ))


@pytest.mark.parametrize(
    ("name", "path", "problem"),
    [
        ("nobody", "/dev/", "Function not found: nobody"),
        ("probe", "/_lab", "/_lab: expected the probe function, received 200"),
    ],
)
def test_what_is_not_the_probe_function_is_one_line(lab: LocalLambda, name: str, path: str, problem: str) -> None:
    url = f"http://127.0.0.1:{lab.port}{path}"
    assert problem in one_line(run("validate", "--function", name, "--endpoint-url", lab.invoke_url, "--url", url))
