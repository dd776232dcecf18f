"""Killing the process between any two steps loses no upload and leaves no broken object behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.app_server import ROOT


@pytest.mark.parametrize(
    ("scenario", "min_steps"), [("upload", 4), ("presigned", 12), ("deferred", 20), ("inbox", 12), ("deleted", 10)]
)
def test_a_crash_at_any_step_does_no_damage(tmp_path: Path, scenario: str, min_steps: int) -> None:
    command = [sys.executable, "-m", "tests.live.crash_scenarios", str(tmp_path), scenario]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert [outcome["damage"] for outcome in outcomes] == [[]] * len(outcomes)
    assert [outcome["killed"] for outcome in outcomes] == [True] * (len(outcomes) - 1) + [False]
    assert len(outcomes) > min_steps, "fewer steps than the scenario has: does the audit hook still see them all?"
    assert outcomes[-1]["reported"]
