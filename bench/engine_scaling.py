"""Experiment: what one more megapixel of source costs, from half of one to fifty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench.engine import SUBJECTS
from bench.picture import HEIGHT, WIDTH, photograph
from bench.stand import Stand
from bench.workers import Job, worker
from measurement.results import Experiment, Figure, Spread

MEGAPIXELS = (0.5, 1, 2, 4, 8, 12, 24, 50)
LABELS = {name: SUBJECTS[name] for name in ("ours", "sharp", "naive")}
MIB = 1024 * 1024
METHOD = (
    "The middle of a photograph, repeated when it is too small, as JPEG of each size and of quality 85, to 480 wide; "
    "CPU of one resize (median of 5) and peak memory over the loaded process, whole and per megapixel of the source."
)


def run(stand: Stand) -> Experiment:
    """Measure three subjects at every size."""
    drawn = photograph(WIDTH, HEIGHT)
    with TemporaryDirectory() as folder:
        figures = tuple(
            figure
            for size in (MEGAPIXELS[:3] if stand.quick else MEGAPIXELS)
            for figure in _measure(size, _source(drawn, Path(folder), size), stand)
        )
    return Experiment(title="Scaling", method=METHOD, figures=figures)


def _measure(size: float, source: Path, stand: Stand) -> Iterator[Figure]:
    case, rounds = f"{size:g} MP", 2 if stand.quick else 5
    with ExitStack() as stack:
        workers = {name: stack.enter_context(worker(name, Job(source), stand)) for name in LABELS}
        memory = {name: _memory(each.ask("peak", stand.sources.tiny)) for name, each in workers.items()}
        turns = [{name: 1000 * each.cpu_per_job(1) for name, each in workers.items()} for _ in range(rounds)]
    for name, label in LABELS.items():
        cpu = [turn[name] for turn in turns]
        yield _figure(case, f"{label}, CPU", "ms", cpu, digits=1)
        yield _figure(case, f"{label}, CPU per MP", "ms", [each / size for each in cpu])
        yield _figure(case, f"{label}, memory", "MiB", [memory[name]], digits=1)
        yield _figure(case, f"{label}, memory per MP", "MiB", [memory[name] / size])


def _memory(answer: dict[str, float]) -> float:
    return (answer["peak"] - answer["before"]) / MIB


def _figure(case: str, measure: str, unit: str, values: list[float], *, digits: int = 2) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of(values, digits=digits))


def _source(drawn: Image.Image, folder: Path, size: float) -> Path:
    path = folder / f"{size}.jpg"
    side = (size * 1e6 / 12) ** 0.5
    # not rounded up: 50 MP is the most that the service takes
    width, height = int(4 * side), int(3 * side)
    again = max(1, ceil(width / drawn.width))
    whole = Image.new("RGB", (again * drawn.width, again * drawn.height))
    for index in range(again**2):
        whole.paste(drawn, (index % again * drawn.width, index // again * drawn.height))
    left, top = (whole.width - width) // 2, (whole.height - height) // 2
    whole.crop((left, top, left + width, top + height)).save(path, quality=85)
    return path
