"""How close each subject's result is to an ideal reduction, and our quality that gives as many bytes as sharp."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import msgspec

from app import imaging
from app.core.config import Limits
from bench.engine.render import render
from bench.engine.task import ResizeTask, subject_worker
from bench.quality.ssim import luma, reference, ssim
from bench.run_config import RunConfig
from measurement.processes import Worker

# which frames of an animation are compared: one in so many, because all would take as long as the rest of the case
EVERY = 4
QUALITIES = (20, 95)


def size_and_ssim(task: ResizeTask, workers: Mapping[str, Worker]) -> Iterator[tuple[str, tuple[int, float]]]:
    """Yield for each worker the bytes of its result, and the mean SSIM of its frames to the reference, over white."""
    source = task.source.read_bytes()
    frames = imaging.probe(source, Limits()).frames if task.format == "gif" else 1
    references = {frame: reference(source, width=task.width, frame=frame) for frame in range(0, frames, EVERY)}
    with TemporaryDirectory() as folder:
        for name, worker in workers.items():
            path = Path(folder, f"{name}.{task.format}")
            size = worker.ask("save", path)["bytes"]
            result = path.read_bytes()
            yield name, (size, mean(ssim(luma(result, frame=frame), plane) for frame, plane in references.items()))


def at_equal_bytes(task: ResizeTask, config: RunConfig) -> ResizeTask:
    """Return the task at our best quality that needs no more bytes than sharp needs at the task's own.

    One step of quality is about 5 % of the bytes, so our result may be that much smaller, and is never larger.
    """
    with TemporaryDirectory() as folder, subject_worker("sharp", task, config) as sharp:
        max_bytes = sharp.ask("save", Path(folder, "theirs"))["bytes"]

    def size(quality: int) -> int:
        return len(render(task.source, {"width": task.width, "format": task.format, "quality": quality}))

    return msgspec.structs.replace(task, quality=best_quality(size, max_bytes))


def best_quality(size: Callable[[int], int], max_bytes: int) -> int:
    """Return the highest quality whose ``size`` is at most ``max_bytes``, or the lowest of all if none is."""
    low, high = QUALITIES
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= max_bytes else (low, middle)
    return low
