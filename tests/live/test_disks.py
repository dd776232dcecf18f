"""A disk that is full or read-only: what can be answered is, the rest is 503 with words, and the status says it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_server import ROOT

NAMESPACE = ("unshare", "--map-root-user", "--mount")
OUTAGES = ["full", "read_only"]


def can_mount() -> bool:
    """Return whether this machine lets us mount a disk that only the test sees."""
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not can_mount(), reason="a mount namespace needs Linux, and the right to make one")


def run(directory: Path, place: str, outage: str) -> dict[str, Any]:
    command = [*NAMESPACE, sys.executable, "-m", "tests.live.disk_scenarios", str(directory / "disk"), place, outage]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_picture_that_was_made_is_answered_though_it_cannot_be_kept(tmp_path: Path, outage: str) -> None:
    found = run(tmp_path, "storage", outage)
    for when in ("during", "started during"):
        seen = found[when]
        assert (seen["resized"]["status"], seen["resized"]["type"]) == (200, "image/jpeg"), when
        assert (seen["uploaded"]["status"], seen["uploaded"]["problem"]["code"]) == (503, "storage_unavailable")
        assert seen["status"] == "degraded"
        assert seen["storage"] == {"kind": "local", "ok": False, "failures": 1}
    after = found["after"]
    assert (after["resized"]["status"], after["uploaded"]["status"], after["status"]) == (200, 201, "ok")
    assert after["storage"] == {"kind": "local", "ok": True, "failures": 1}
    assert [line["what"] for line in found["log"] if line["event"] == "storage_failure"] == 2 * ["keep a result"]


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_key_is_refused_though_attempts_cannot_be_counted_on_the_disk(tmp_path: Path, outage: str) -> None:
    """A page of a file without room under it ended the process when the first attempt was written there."""
    assert run(tmp_path, "temporary", outage)["guess"]["status"] == 401


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_form_that_finds_no_room_for_temporary_files_is_refused_with_words(tmp_path: Path, outage: str) -> None:
    found = run(tmp_path, "temporary", outage)
    for name, answer in found["during"].items():
        assert (answer["status"], answer["problem"]["code"]) == (503, "storage_unavailable"), name
        assert "no room for temporary files" in answer["problem"]["detail"]
    assert {line["event"] for line in found["log"]} == {"temporary_directory", "request"} - {"request"}
    assert (found["after"]["uploaded"]["status"], found["after"]["sent"]["status"]) == (201, 204)
