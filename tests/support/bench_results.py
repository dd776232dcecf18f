"""Builds results of the benchmark for tests, and runs it with few rounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.report.results import ExperimentResult, Results
from bench.report.results_file import decode
from measurement.figures import Figure, Spread, Target
from measurement.stamps import ROOT
from tests.support.figures import figure

_NO_NODE = 3


def experiment(*figures: Figure, title: str = "Engine") -> ExperimentResult:
    """Return the result of a full run."""
    return ExperimentResult(
        title=title, method="In turns.", figures=figures, command="python -m bench", date="2026-11-21"
    )


def results(ratio: float, **more: ExperimentResult) -> Results:
    """Return results of an engine that takes ``ratio`` times the CPU of sharp, and other experiments by name."""
    engine = experiment(
        Figure(
            case="baseline",
            measure="Monolambda / sharp",
            unit="×",
            spread=Spread(ratio, 0.8, 1.3, 11),
            target=Target(1.1),
        ),
        figure("baseline", "Monolambda", 40 * ratio, "ms"),
        figure("baseline", "sharp", 40, "ms"),
        figure("baseline", "SSIM", 0.94),
        figure("progressive", "Monolambda / sharp", 1.2, "×", Target(1.1)),
    )
    return Results(
        machine={"cpu": "a processor", "cores": "2"},
        versions={"pillow": "13.0.0"},
        sources={},
        experiments={"engine": engine, **more},
    )


def quick_run(out: Path, *names: str) -> Results:
    """Run experiments with few rounds; skip the test where Node.js cannot be had, but never in CI."""
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out), *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == _NO_NODE and not os.environ.get("CI"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    return decode(out.read_bytes())


def medians(found: Results, name: str) -> dict[tuple[str, str], float]:
    """Return the median of each figure of an experiment by its case and measure."""
    return {(each.case, each.measure): each.spread.median for each in found.experiments[name].figures}
