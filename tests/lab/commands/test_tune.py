"""``python -m lab tune`` as a process."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab.command_line import one_line, run

# uses CPU until its own clock says so, and memory that the smallest setting does not have; 206 when it was stopped: a
# stopped process gets SIGCONT when it goes on
WORK = """
import signal, time

stops = []
signal.signal(signal.SIGCONT, lambda number, frame: stops.append(number))

def handler(event, context):
    stops.clear()
    end = time.process_time() + event["cpu_s"]
    while time.process_time() < end:
        pass
    return {"statusCode": 206 if stops else 200, "size": len(b"x" * event["mb"] * 2**20)}
"""

DEEP = """
import sys

def handler(event, context):
    sys.setrecursionlimit(100_000)
    answer = []
    for _ in range(5_000):
        answer = [answer]
    return answer
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the options of a function that takes 200 ms of CPU and 160 MB."""
    directory = tmp_path_factory.mktemp("tune")
    archive, event = directory / "work.zip", directory / "event.json"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("work.py", WORK)
    event.write_text(json.dumps({"cpu_s": 0.2, "mb": 160}))
    return ["--package", str(archive), "--handler", "work.handler", "--event", str(event)]


@pytest.fixture(scope="module")
def tuned(work: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """Return the table and the file of one run."""
    out = tmp_path_factory.mktemp("tuned") / "tune.json"
    sizes = ["--memory", "128,1769,256", "--runs", "2", "--cold", "2"]
    done = run("tune", *work, *sizes, "--out", str(out), timeout_s=300)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(out.read_text())


Tuned = tuple[str, dict[str, Any]]


def test_every_setting_has_its_runs(tuned: Tuned) -> None:
    _, written = tuned
    failed, small, large = written["settings"]
    assert [failed["memory_mb"], small["memory_mb"], large["memory_mb"]] == [128, 256, 1769]
    for each in (small, large):
        assert [each[name]["n"] for name in ("init_ms", "cold_ms", "warm_ms", "dollars")] == [2, 2, 2, 2]
        assert each["peak_mb"] >= 160
    assert sum(written["statuses"].values()) == 8


def test_a_setting_that_is_too_small_is_a_row(tuned: Tuned) -> None:
    text, written = tuned
    assert written["settings"][0]["failure"] == "Runtime.OutOfMemory"
    assert "128 MB   0.07  failed: Runtime.OutOfMemory" in text


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_a_small_setting_is_held_to_its_share(tuned: Tuned) -> None:
    # all runs at 256 MB were stopped in between
    assert tuned[1]["statuses"]["206"] >= 4
    assert tuned[1]["throttled"] is True
    _, small, large = tuned[1]["settings"]
    # a busy machine gives less, never more
    assert 0 < small["cpu"]["median"] < 1.2 * 256 / 1769 < large["cpu"]["median"] <= 1.05


def test_the_best_are_named_in_the_table_and_in_the_file(tuned: Tuned) -> None:
    text, written = tuned
    for name in ("cheapest", "fastest", "balanced"):
        (row,) = (line for line in text.splitlines() if f"{name}" in line.split("  ")[-1] and " MB" in line[:9])
        assert row.split()[0] == str(written[f"{name}_mb"])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--memory", "64"], "--memory: expected a whole number from 128 to"),
        (["--memory", "128,"], "--memory: expected a whole number from 128 to"),
        (["--runs", "0"], "--runs: expected a whole number from 1 to"),
        (["--timeout", "1.5"], "--timeout: expected a whole number from 1 to 900"),
        (["--event", "none.json"], "none.json: No such file or directory"),
    ],
)
def test_a_bad_option_is_one_line(work: list[str], options: list[str], problem: str) -> None:
    assert problem in one_line(run("tune", *work, *options))


def test_an_answer_of_very_many_brackets_has_no_status(tmp_path: Path) -> None:
    archive, event, out = tmp_path / "deep.zip", tmp_path / "event.json", tmp_path / "tune.json"
    event.write_text("{}")
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("deep.py", DEEP)
    given = ("--package", str(archive), "--handler", "deep.handler", "--event", str(event))
    done = run("tune", *given, "--memory", "1769", "--cold", "1", "--runs", "1", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["statuses"] == {}


def test_a_function_that_fails_at_every_setting_is_one_line(work: list[str], tmp_path: Path) -> None:
    line = one_line(run("tune", *work, "--memory", "128", "--cold", "1", "--runs", "1", timeout_s=300))
    assert line == "lab: the function failed at every setting: Runtime.OutOfMemory"
