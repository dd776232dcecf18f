"""How near each subject's result is to the best reduction, and which quality of ours makes as many bytes as sharp's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import msgspec

from bench.chain import ours
from bench.ssim import luma, reference, ssim
from bench.stand import Stand
from bench.workers import Job, worker
from measurement.processes import Worker

# Of an animation these frames are compared.
FRAMES = (0, 10, 20)
QUALITIES = (20, 95)


def likeness(job: Job, workers: Mapping[str, Worker]) -> Iterator[tuple[str, tuple[int, float]]]:
    """Yield for each worker the bytes of its result and their mean SSIM to the reference, over white."""
    source, frames = job.source.read_bytes(), FRAMES if job.format == "gif" else (0,)
    best = {frame: reference(source, width=job.width, frame=frame) for frame in frames}
    with TemporaryDirectory() as folder:
        for name, each in workers.items():
            path = Path(folder, f"{name}.{job.format}")
            size = each.ask("save", path)["bytes"]
            result = path.read_bytes()
            yield name, (size, mean(ssim(luma(result, frame=frame), plane) for frame, plane in best.items()))


def at_equal_bytes(job: Job, stand: Stand) -> Job:
    """Return the job at our best quality that makes no more bytes of it than sharp makes at the job's own.

    One step of quality is some 5 % of the bytes, so ours can have that much less: it never has more.
    """
    with TemporaryDirectory() as folder, worker("sharp", job, stand) as sharp:
        most = sharp.ask("save", Path(folder, "theirs"))["bytes"]

    def size(quality: int) -> int:
        return len(ours(job.source, {"width": job.width, "format": job.format, "quality": quality}))

    return msgspec.structs.replace(job, quality=best_quality(size, most))


def best_quality(size: Callable[[int], int], most: int) -> int:
    """Return the highest quality whose ``size`` is at most ``most``, the lowest there is when none is."""
    low, high = QUALITIES
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= most else (low, middle)
    return low
