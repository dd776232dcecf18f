"""``python -m lab run``: each verdict as it ends, at any width."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from lab.commands.run import lines
from tests.support.lab.command_line import run
from tests.support.lab.findings import findings

FINDING = findings("It held & stood, for 1,000 requests at once.").experiments["pooling"]

TWO = """
import sys
from pathlib import Path
from lab import cli
from lab.experiments import EXPERIMENTS
from tests.support.lab.findings import findings

def second(workbench):
    # by now the first verdict has been printed, or it never will be before this ends
    sys.stdin.readline()
    for _ in workbench.steps("a rather long name of an experiment", range(3)):
        pass
    return findings("The second verdict is longer than this terminal is wide.").experiments["pooling"]

EXPERIMENTS.clear()
EXPERIMENTS["first"] = lambda workbench: findings("The first verdict.").experiments["pooling"]
EXPERIMENTS["second"] = second
sys.exit(cli.main(["run", "--quick", "--out", sys.argv[1]], {}))
"""


@pytest.mark.parametrize("width", [1, 12, 40, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    printed = lines("3 of 15", "concurrency", FINDING, width)
    assert max(map(len, printed)) <= max(width, 3)
    words = "".join(printed).replace(" ", "")
    assert "3of15concurrency(0s)" in words
    assert "Itheld&stood,for1,000requestsatonce." in words
    assert words.endswith("measuredhere.")


def test_without_a_terminal_a_verdict_is_one_line() -> None:
    assert lines("3 of 15", "concurrency", FINDING, None) == [
        "3 of 15  concurrency (0 s)",
        "  It held & stood, for 1,000 requests at once.",
        "  measured here.",
    ]


def test_a_verdict_is_printed_before_the_next_experiment_ends(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen(
        [sys.executable, "-c", TWO, str(tmp_path / "results.json")],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    ) as process:
        os.close(theirs)
        screen = b""
        while b"measured here" not in screen and select.select([ours], [], [], 60)[0]:
            screen += os.read(ours, 4096)
        assert b"1 of 2  first" in screen
        assert b"second" not in screen
        process.communicate(b"\n", timeout=60)
    screen += _rest(ours)
    assert process.returncode == 0
    # a carriage return is where the progress bar is drawn over
    drawn = [line for row in screen.decode().split("\n") for line in row.rstrip("\r").split("\r")]
    assert any(line.startswith("2 of 2  second (") for line in drawn)
    assert max(len(line) for line in drawn if str(tmp_path) not in line) <= 30


def test_a_python_that_does_not_run_is_reported_without_a_traceback(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "results.json"))
    done = run("run", "cold_start", *out, environ={"LAMBDA_PYTHON": "/nonexistent"})
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        "lab: '/nonexistent' is not a working Python. Lambda "
        "would recompile every module at each cold start, or fail to load Pillow.",
    )
    assert "Traceback" not in done.stderr


def _rest(terminal: int) -> bytes:
    found = b""
    try:
        while chunk := os.read(terminal, 4096):
            found += chunk
    except OSError:
        # how Linux says that the other side is closed
        pass
    finally:
        os.close(terminal)
    return found
