"""Experiment: what the cost model says before decoding beside what it then takes, for the worst content."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cost_cases import CASES, Case
from bench.cost_sources import draw
from bench.stand import Stand
from measurement.processes import clean_environment
from measurement.results import Experiment, Figure, Limit, Spread
from measurement.stamps import ROOT

MIB = 1024 * 1024
# Said over taken: never under by more than a fifth.
UNDER = Limit(1 / 1.2, "at least")
METHOD = (
    "Noise, which costs every codec most, in a fresh process per row: CPU time and memory over the loaded process, as "
    "estimated from header and options and as measured; their ratio must not be below 1/1.2."
)


def run(stand: Stand) -> Experiment:
    """Measure every row once; it is the estimate that is judged, not the machine."""
    with TemporaryDirectory() as folder:
        sources = draw(Path(folder), side=800 if stand.quick else 2000)
        figures = tuple(figure for case in CASES for figure in _measure(case, sources))
    return Experiment(title="Cost model", method=METHOD, figures=figures)


def _measure(case: Case, sources: Path) -> Iterator[Figure]:
    mark = str(sources / "rgba.png") if "watermark" in case.wanted else ""
    wanted = json.dumps({name: str(value).lower() for name, value in case.wanted.items()})
    command = [sys.executable, "-m", "bench.cost_worker", str(sources / case.source), wanted, mark]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    yield _figure(case, "CPU taken", "s", took["cpu"])
    yield _figure(case, "CPU, said / taken", "×", took["cpu_said"] / took["cpu"], UNDER)
    yield _figure(case, "memory taken", "MiB", took["memory"] / MIB)
    yield _figure(case, "memory, said / taken", "×", took["memory_said"] / took["memory"], UNDER)


def _figure(case: Case, measure: str, unit: str, value: float, limit: Limit | None = None) -> Figure:
    return Figure(case=case.name, measure=measure, unit=unit, spread=Spread.of([value], digits=3), limit=limit)
