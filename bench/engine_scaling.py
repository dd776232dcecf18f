"""Experiment: what one more megapixel of source costs, from half of one to fifty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench.chart import line_chart
from bench.engine import SUBJECTS
from bench.measure import Job, worker
from bench.picture import photograph
from bench.results import Experiment, Figure, Spread
from bench.setup import ROOT
from bench.stand import Stand

MEGAPIXELS = (0.5, 1, 2, 4, 8, 12, 24, 50)
MIB = 1024 * 1024
CHART = ROOT / "docs" / "scaling.svg"
METHOD = (
    "A photograph enlarged or reduced to each size, as JPEG of quality 85, to 480 wide; CPU of one resize (median of "
    "5) and peak memory over the loaded process, per megapixel of the source."
)


def run(stand: Stand) -> Experiment:
    """Measure every subject at every size, and draw the chart of a full run."""
    with TemporaryDirectory() as folder:
        figures = tuple(
            figure
            for size in (MEGAPIXELS[:3] if stand.quick else MEGAPIXELS)
            for figure in _measure(size, _source(Path(folder), size), stand)
        )
    if not stand.quick:
        CHART.write_text(chart(figures), encoding="utf-8")
    return Experiment(title="Scaling", method=METHOD, figures=figures)


def chart(figures: tuple[Figure, ...]) -> str:
    """Return CPU per resize over megapixels, a line per subject, as SVG."""
    lines = {
        label: [(float(f.case.split()[0]), f.spread.median) for f in figures if f.measure == f"{label}, CPU"]
        for label in SUBJECTS.values()
    }
    return line_chart("CPU of one resize to 480 wide", lines, across="megapixels of source", up="ms")


def _measure(size: float, source: Path, stand: Stand) -> Iterator[Figure]:
    case = f"{size:g} MP"
    with ExitStack() as stack:
        workers = {name: stack.enter_context(worker(name, Job(source), node=stand.node)) for name in SUBJECTS}
        for name, label in SUBJECTS.items():
            answer = workers[name].ask("peak", stand.sources.tiny)
            memory = (answer["peak"] - answer["before"]) / MIB / size
            cpu = [1000 * workers[name].cpu_per_job(1) for _ in range(2 if stand.quick else 5)]
            yield Figure(case=case, measure=f"{label}, CPU", unit="ms", spread=Spread.of(cpu, digits=1))
            per = [each / size for each in cpu]
            yield Figure(case=case, measure=f"{label}, CPU per MP", unit="ms", spread=Spread.of(per, digits=2))
            yield Figure(case=case, measure=f"{label}, memory per MP", unit="MiB", spread=Spread.of([memory], digits=2))


def _source(folder: Path, size: float) -> Path:
    path = folder / f"{size}.jpg"
    side = (size * 1e6 / 12) ** 0.5
    drawn = photograph(2000, 1500)
    drawn.resize((round(4 * side), round(3 * side)), Image.Resampling.BICUBIC).save(path, quality=85)
    return path
