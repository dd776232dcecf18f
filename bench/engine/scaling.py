"""Experiment: CPU and memory of one resize as the source grows from half a megapixel to fifty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench.engine.subjects import SUBJECTS
from bench.engine.task import ResizeTask, subject_worker
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.photograph import HEIGHT, WIDTH, photograph
from measurement.figures import Figure, Spread

MEGAPIXELS = (0.5, 1, 2, 4, 8, 12, 24, 50)
COMPARED = ("ours", "sharp", "naive")
MIB = 1024 * 1024
METHOD = (
    "The middle of a photograph, repeated where it is too small, as a JPEG of quality 85 of each size, to 480 wide: "
    "CPU of one resize (median of 5) and peak memory over the loaded process, in total and per megapixel of the "
    "source."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure three subjects at every size."""
    image = photograph(WIDTH, HEIGHT)
    with TemporaryDirectory() as folder:
        figures = tuple(
            figure
            for size in (MEGAPIXELS[:3] if config.quick else MEGAPIXELS)
            for figure in _measure(size, _source(image, Path(folder), size), config)
        )
    return ExperimentResult(title="Scaling", method=METHOD, figures=figures)


def _measure(size: float, source: Path, config: RunConfig) -> Iterator[Figure]:
    case, rounds = f"{size:g} MP", 2 if config.quick else 5
    with ExitStack() as stack:
        workers = {key: stack.enter_context(subject_worker(key, ResizeTask(source), config)) for key in COMPARED}
        peaks = {key: worker.ask("peak", config.sources.tiny) for key, worker in workers.items()}
        cpu_ms = [{key: 1000 * worker.cpu_per_call(1) for key, worker in workers.items()} for _ in range(rounds)]
    for key in COMPARED:
        label, cpu = SUBJECTS[key], [each[key] for each in cpu_ms]
        memory = (peaks[key]["peak"] - peaks[key]["before"]) / MIB
        yield _figure(case, f"{label}, CPU", "ms", cpu, digits=1)
        yield _figure(case, f"{label}, CPU per MP", "ms", [each / size for each in cpu])
        yield _figure(case, f"{label}, memory", "MiB", [memory], digits=1)
        yield _figure(case, f"{label}, memory per MP", "MiB", [memory / size])


def _figure(case: str, measure: str, unit: str, values: list[float], *, digits: int = 2) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of(values, digits=digits))


def _source(image: Image.Image, folder: Path, size: float) -> Path:
    """Write the middle ``size`` megapixels of ``image``, at 4:3, from a mosaic of it where it is too small."""
    path = folder / f"{size}.jpg"
    side = (size * 1e6 / 12) ** 0.5
    # rounded down, because 50 MP is the most that the service accepts
    width, height = int(4 * side), int(3 * side)
    repeats = max(1, ceil(width / image.width))
    mosaic = Image.new("RGB", (repeats * image.width, repeats * image.height))
    for index in range(repeats**2):
        mosaic.paste(image, (index % repeats * image.width, index // repeats * image.height))
    left, top = (mosaic.width - width) // 2, (mosaic.height - height) // 2
    mosaic.crop((left, top, left + width, top + height)).save(path, quality=85)
    return path
