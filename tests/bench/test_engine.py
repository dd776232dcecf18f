"""Runs the engine experiment for real, beside the real sharp; times are not judged here, pictures are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from measurement.results import Report, decode
from measurement.stamps import ROOT

NO_NODE = 3
CASES = {"baseline", "progressive", "baseline to baseline"}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = tmp_path_factory.mktemp("bench") / "results.json"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out), "engine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == NO_NODE and not os.environ.get("CI"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    return decode(out.read_bytes())


def values(report: Report, measure: str) -> dict[str, float]:
    figures = report.experiments["engine"].figures
    return {figure.case: figure.spread.median for figure in figures if figure.measure == measure}


def test_the_report_names_what_it_ran_on(report: Report) -> None:
    assert {"cpu", "cores", "kernel"} <= set(report.machine)
    assert {"python", "pillow", "jpeg", "sharp", "vips", "node"} <= set(report.versions)
    assert "--quick" in report.experiments["engine"].command
    assert report.experiments["engine"].quick


@pytest.mark.parametrize("subject", ["Monolambda", "sharp", "pyvips", "thumbor's engine", "naive Pillow"])
def test_every_subject_was_timed_and_compared_on_every_case(report: Report, subject: str) -> None:
    if subject == "thumbor's engine" and "thumbor" not in report.versions and not os.environ.get("CI"):
        pytest.skip("thumbor could not be installed")
    for measure in (subject, f"bytes, {subject}", f"SSIM, {subject}"):
        found = values(report, measure)
        assert set(found) == CASES
        assert all(value > 0 for value in found.values())


def test_the_targets_are_those_of_the_issue(report: Report) -> None:
    figures = report.experiments["engine"].figures
    limits = {each.case: each.limit.value for each in figures if each.limit and each.measure == "Monolambda / sharp"}
    assert limits == {"baseline": 0.9, "progressive": 1.0, "baseline to baseline": 1.1}


def test_our_pictures_are_as_true_as_those_of_sharp(report: Report) -> None:
    assert all(difference >= -0.003 for difference in values(report, "SSIM, Monolambda − sharp").values())


def test_results_of_a_quick_run_leave_the_published_ones_alone(report: Report) -> None:
    published = Path(ROOT, "bench", "results.json")
    if published.exists():
        assert not any(each.quick for each in decode(published.read_bytes()).experiments.values())
