"""Experiment: CPU and quality of one resize beside sharp and beside Pillow used naively."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from PIL import Image

from bench.measure import Job, Worker, worker
from bench.results import Experiment, Figure, Limit, Spread, ratios
from bench.ssim import luma, reference, ssim
from bench.stand import Stand

SUBJECTS = {"ours": "Monolambda", "sharp": "sharp", "naive": "naive Pillow"}
CPU_LIMIT = Limit(1.1)
SSIM_LIMIT = Limit(-0.003, "at least")
METHOD = (
    "A 4000×3000 JPEG (quality 90, 4:2:0) to 480×360 JPEG, quality 80, 4:2:0, in warm processes, one after the other "
    "in turns; CPU of all threads per resize, ratios within each turn, as median (min..max). sharp: shrink-on-load, "
    "concurrency 1, no cache. SSIM of luma against a float64 Lanczos3 reduction of the full decode."
)


class Case(msgspec.Struct, frozen=True):
    """One row of the table; ``most`` is what our CPU over sharp's may be."""

    name: str
    job: Job
    most: Limit = CPU_LIMIT


def run(stand: Stand) -> Experiment:
    """Measure the three subjects on both JPEG codings, and on output without progressive scans."""
    cases = [
        Case("baseline", Job(stand.sources.baseline)),
        Case("progressive", Job(stand.sources.progressive)),
        Case("baseline to baseline", Job(stand.sources.baseline, progressive=False)),
    ]
    figures = tuple(figure for case in cases for figure in measure(case, stand))
    return Experiment(title="Engine", method=METHOD, figures=figures)


def measure(case: Case, stand: Stand, *, rounds: int = 31, like: bool = True) -> Iterator[Figure]:
    """Yield CPU of each subject and ours over theirs, and, if ``like``, bytes and likeness to the reference."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(worker(name, case.job, node=stand.node)) for name in SUBJECTS}
        yield from _cpu(case, workers, loops=1 if stand.quick else 2, rounds=3 if stand.quick else rounds)
        if like:
            yield from _quality(case, workers)


def _cpu(case: Case, workers: dict[str, Worker], *, loops: int, rounds: int) -> Iterator[Figure]:
    for each in workers.values():
        each.cpu_per_job(1)  # loads codecs and fills allocators
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, each in workers.items():
            seconds[name].append(each.cpu_per_job(loops))
    for name, label in SUBJECTS.items():
        yield Figure(
            case=case.name, measure=label, unit="ms", spread=Spread.of((1000 * s for s in seconds[name]), digits=1)
        )
    for name, limit in (("sharp", case.most), ("naive", None)):
        spread = Spread.of(ratios(seconds["ours"], seconds[name]), digits=3)
        yield Figure(case=case.name, measure=f"Monolambda / {SUBJECTS[name]}", unit="×", spread=spread, limit=limit)


def _quality(case: Case, workers: dict[str, Worker]) -> Iterator[Figure]:
    source = case.job.source.read_bytes()
    with Image.open(BytesIO(source)) as image:
        height = round(image.height * case.job.width / image.width)
    best = reference(source, width=case.job.width, height=height)
    scores: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        for name, each in workers.items():
            path = Path(folder, f"{name}.{case.job.format}")
            size = each.ask("save", path)["bytes"]
            scores[name] = ssim(luma(path.read_bytes()), best)
            yield _single(case.name, f"bytes, {SUBJECTS[name]}", "kB", size / 1000)
            yield _single(case.name, f"SSIM, {SUBJECTS[name]}", "", scores[name])
    yield _single(case.name, "SSIM, Monolambda − sharp", "", scores["ours"] - scores["sharp"], SSIM_LIMIT)


def _single(case: str, measure: str, unit: str, value: float, limit: Limit | None = None) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value]), limit=limit)
