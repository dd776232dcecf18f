"""Pipes and devices as the output of every command that writes a file: written once, and neither read nor replaced."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from lab.experiments.support.findings import Findings
from lab.local_lambda import LocalLambda, Options
from lab.validate import own_lab
from measurement.stamps import ROOT
from tests.support.lab.command_line import command

WRITERS = {
    "run": "run --quick throttle --out",
    "tune": "tune --package {package} --handler probe.handler --event {event} --memory 1769 --cold 1 --runs 1 --out",
    "tour": "tour throttle --record",
    "replay": "replay lab/tour.json --html",
    "report": "report --page",
    "validate": f"validate --function {own_lab.NAME} --endpoint-url {{api}} --out",
}
# a device that is read without end would take all memory
LIMITED = ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh"]
TIMEOUT_S = 180


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """Return the Lambda API of a lab with the probe function."""
    with LocalLambda(own_lab.deployed, Options(retry_scale=0.001)) as lab:
        yield lab.invoke_url


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest, package: Path, tmp_path: Path) -> list[str]:
    """Return a command line that ends with its output option."""
    event = tmp_path / "event.json"
    event.write_text('{"do": "echo", "value": 1}')
    api = request.getfixturevalue("api") if request.param == "validate" else ""
    words = WRITERS[request.param].format(package=package, event=event, api=api).split()
    return [*LIMITED, *command(*words)]


def run(writer: list[str], path: Path | str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*writer, str(path)], cwd=ROOT, capture_output=True, timeout=TIMEOUT_S, check=False)


def expect_whole(text: bytes) -> None:
    """Fail when this is not one page, or one JSON document."""
    if text.startswith(b"<!"):
        assert text.count(b"<!doctype") + text.count(b"<!DOCTYPE") == 1
        assert text.rstrip().endswith(b"</html>")
    else:
        assert isinstance(json.loads(text), Mapping)


def test_the_reader_of_a_pipe_gets_one_file(writer: list[str], tmp_path: Path) -> None:
    pipe, copy = tmp_path / "pipe", tmp_path / "copy"
    os.mkfifo(pipe)
    with copy.open("wb") as opened, subprocess.Popen(["cat", pipe], stdout=opened) as reader:
        try:
            done = run(writer, pipe)
            reader.wait(20)
        finally:
            reader.kill()
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    expect_whole(copy.read_bytes())
    assert pipe.is_fifo()
    assert not (tmp_path / "samples").exists()


def test_standard_output_gets_the_file_alone(writer: list[str]) -> None:
    done = run(writer, "/dev/stdout")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    expect_whole(done.stdout)


def test_a_full_device_is_one_line_that_names_the_option(writer: list[str]) -> None:
    done = run(writer, "/dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == f"lab: {writer[-1]}: /dev/full: No space left on device"
    assert b"Traceback" not in done.stderr


def test_a_file_that_standard_output_is_open_as_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "all.txt"
    with out.open("wb") as opened:
        subprocess.run(
            [*LIMITED, *command("run", "--quick", "throttle", "--out", "/dev/stdout")],
            cwd=ROOT,
            stdout=opened,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=True,
        )
    assert list(msgspec.json.decode(out.read_bytes(), type=Findings).experiments) == ["throttle"]
    assert not Path("/dev/stdout.new").exists()


@pytest.mark.parametrize("words", [WRITERS["report"], WRITERS["replay"]])
def test_a_file_for_which_there_is_no_room_keeps_its_old_bytes(words: str, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    out.write_text("before")
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *command(*words.split(), str(out))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"lab: {words.rsplit(maxsplit=1)[-1]}: {out}: File too large\n")
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]
