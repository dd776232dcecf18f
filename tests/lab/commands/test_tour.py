"""``python -m lab tour`` and ``replay``: from scenes to a recording, and to a page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lab import cli
from lab.pages.recorded_run import RecordedRun
from measurement.stamps import ROOT
from tests.support.lab.command_line import one_line, run


def test_scenes_are_recorded_and_become_a_page(tmp_path: Path) -> None:
    recording, page = tmp_path / "run.json", tmp_path / "page.html"
    done = run("tour", "throttle", "--record", str(recording))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Throttle: Of 25 callers at one moment ")
    found = msgspec.json.decode(recording.read_bytes(), type=RecordedRun)
    (caption,) = found.captions
    assert caption.ended
    assert caption.began < caption.ended <= found.ended
    assert done.stdout == f"Throttle: {caption.result}\n"
    assert {each.status for each in found.requests} == {200, 429}
    assert run("replay", str(recording), "--html", str(page)).stdout == f"{page}\n"
    assert caption.result in page.read_text()


def test_a_recording_that_there_is_not_is_reported_in_one_line(tmp_path: Path) -> None:
    assert one_line(run("replay", str(tmp_path / "no.json"), "--html", "x.html")).endswith("No such file or directory")


def test_a_file_that_cannot_be_written_is_reported_in_one_line_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "none" / "file"
    line = f"{nowhere}: No such file or directory"
    assert one_line(run("replay", str(ROOT / "lab" / "tour.json"), "--html", str(nowhere))) == f"lab: --html: {line}"
    assert cli.main(["tour", "--record", str(nowhere)], {}) == 1
    assert capsys.readouterr().err.splitlines() == [f"lab: --record: {line}"]


def test_a_build_that_fails_is_reported_without_a_traceback() -> None:
    done = run("tour", "side-by-side", "--port", "0", environ={"PIP_NO_INDEX": "1"})
    assert done.returncode == 1
    preparing, problem, *_ = done.stderr.splitlines()
    assert preparing == "preparing the scenes"
    assert problem.startswith("lab: pip could not install requirements-lambda.txt")
    assert "Traceback" not in done.stderr
