"""Killing the process between any two steps loses no upload and leaves no half-written object visible."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import ROOT


@pytest.mark.parametrize(
    ("scenario", "steps"), [("upload", 4), ("presigned", 12), ("deferred", 20), ("inbox", 12), ("deleted", 10)]
)
def test_killed_at_every_step(tmp_path: Path, scenario: str, steps: int) -> None:
    command = [sys.executable, "-m", "tests.live.killing", str(tmp_path), scenario]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert [outcome["wrong"] for outcome in outcomes] == [[]] * len(outcomes)
    assert [outcome["killed"] for outcome in outcomes] == [True] * (len(outcomes) - 1) + [False]
    assert len(outcomes) > steps, "a thing of so many steps was killed at fewer: does the hook still see them?"
    assert outcomes[-1]["answered"]
