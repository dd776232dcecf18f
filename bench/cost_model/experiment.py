"""Experiment: the estimated CPU and memory beside the measured, for the most expensive content."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cost_model.cases import CASES, CostCase
from bench.cost_model.noise import draw
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target
from measurement.processes import clean_environment
from measurement.stamps import ROOT

MIB = 1024 * 1024
# of estimated over measured: an estimate may be too low by a fifth, and too high by any factor
NOT_TOO_LOW = Target(1 / 1.2, "at least")
METHOD = (
    "Noise, which costs every codec most, in a fresh process per row: CPU and memory over the loaded process, as "
    "estimated from header and options and as measured. Their ratio must not be below 1/1.2."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every case once, which is enough to judge an estimate."""
    with TemporaryDirectory() as folder:
        sources = draw(Path(folder), side=800 if config.quick else 2000)
        figures = tuple(figure for case in CASES for figure in _measure(case, sources))
    return ExperimentResult(title="Cost model", method=METHOD, figures=figures)


def _measure(case: CostCase, sources: Path) -> Iterator[Figure]:
    watermark = str(sources / case.watermark) if "watermark" in case.options else ""
    options = json.dumps({name: str(value).lower() for name, value in case.options.items()})
    command = [sys.executable, "-m", "bench.cost_model.worker", str(sources / case.source), options, watermark]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    cpu, memory = measured["cpu_s"], measured["memory_bytes"]
    yield _figure(case, "CPU measured", "s", cpu)
    yield _figure(case, "CPU, estimated / measured", "×", measured["estimated_cpu_s"] / cpu, NOT_TOO_LOW)
    yield _figure(case, "memory measured", "MiB", memory / MIB)
    yield _figure(case, "memory, estimated / measured", "×", measured["estimated_memory_bytes"] / memory, NOT_TOO_LOW)


def _figure(case: CostCase, measure: str, unit: str, value: float, target: Target | None = None) -> Figure:
    return Figure(case=case.name, measure=measure, unit=unit, spread=Spread.of([value], digits=3), target=target)
