"""Experiment: CPU and quality of one resize beside sharp, pyvips, thumbor's engine and Pillow used naively."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import msgspec

from bench.engine_quality import at_equal_bytes, likeness
from bench.stand import Stand
from bench.workers import Job, worker
from measurement.processes import Worker
from measurement.results import Experiment, Figure, Limit, Spread, ratios

SUBJECTS: Mapping[str, str] = {
    "ours": "Monolambda",
    "sharp": "sharp",
    "vips": "pyvips",
    "thumbor": "thumbor's engine",
    "naive": "naive Pillow",
}
SSIM_LIMIT = Limit(-0.003, "at least")
# One case may take so many seconds of turns, but has three turns at least.
PATIENCE = 45.0
METHOD = (
    "A 4000×3000 JPEG (quality 90, 4:2:0) to 480×360 JPEG, quality 80, 4:2:0, in warm processes, one after the other "
    "in turns; CPU of all threads per resize, ratios within each turn, as median (min..max). sharp: shrink-on-load, "
    "concurrency 1, no cache. pyvips: `thumbnail_buffer`, concurrency 1, no cache, sharp's encoder settings. thumbor's "
    "engine: its Pillow engine with its default settings, without its server. SSIM of luma against a float64 Lanczos3 "
    "reduction of the full decode."
)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table; ``most`` is what our CPU over sharp's may be, ``apart`` our SSIM less sharp's."""

    name: str
    job: Job
    most: Limit
    apart: Limit = SSIM_LIMIT
    equal_bytes: bool = False
    subjects: tuple[str, ...] = tuple(SUBJECTS)


def run(stand: Stand) -> Experiment:
    """Measure every subject on both JPEG codings, and on output without progressive scans."""
    plain = Job(stand.sources.baseline, progressive=False)
    cases = [
        Case(name="baseline", job=Job(stand.sources.baseline), most=Limit(0.9)),
        Case(name="progressive", job=Job(stand.sources.progressive), most=Limit(1.0)),
        Case(name="baseline to baseline", job=plain, most=Limit(1.1)),
    ]
    figures = tuple(figure for case in cases for figure in measure(case, stand))
    return Experiment(title="Engine", method=METHOD, figures=figures)


def measure(case: Case, stand: Stand, *, rounds: int = 31) -> Iterator[Figure]:
    """Yield CPU of each subject and ours over theirs, bytes, and likeness to the reference.

    With ``equal_bytes`` our quality is the best whose result is no larger than that of sharp.
    """
    jobs = dict.fromkeys((name for name in present(stand) if name in case.subjects), case.job)
    if case.equal_bytes:
        jobs["ours"] = at_equal_bytes(case.job, stand)
    with ExitStack() as stack:
        workers = {name: stack.enter_context(worker(name, job, stand)) for name, job in jobs.items()}
        yield from _cpu(case, workers, rounds=3 if stand.quick else rounds)
        yield from _quality(case, workers)


def present(stand: Stand) -> Mapping[str, str]:
    """Return key and name of each subject that could be set up."""
    return {name: label for name, label in SUBJECTS.items() if name != "thumbor" or stand.thumbor}


def _cpu(case: Case, workers: Mapping[str, Worker], *, rounds: int) -> Iterator[Figure]:
    for each in workers.values():
        each.cpu_per_job(1)  # loads codecs and fills allocators
    turn = sum(each.cpu_per_job(1) for each in workers.values())
    loops = 2 if turn < 1 else 1
    rounds = max(3, min(rounds, int(PATIENCE / turn / loops)))
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, each in workers.items():
            seconds[name].append(each.cpu_per_job(loops))
    for name, taken in seconds.items():
        spread = Spread.of((1000 * each for each in taken), digits=1)
        yield Figure(case=case.name, measure=SUBJECTS[name], unit="ms", spread=spread)
    for name in [each for each in workers if each != "ours"]:
        spread = Spread.of(ratios(seconds["ours"], seconds[name]), digits=3)
        limit = case.most if name == "sharp" else None
        yield Figure(case=case.name, measure=f"Monolambda / {SUBJECTS[name]}", unit="×", spread=spread, limit=limit)


def _quality(case: Case, workers: Mapping[str, Worker]) -> Iterator[Figure]:
    found = {SUBJECTS[name]: each for name, each in likeness(case.job, workers)}
    for label, (size, score) in found.items():
        yield _single(case.name, f"bytes, {label}", "kB", size / 1000)
        yield _single(case.name, f"SSIM, {label}", "", score)
    apart = found["Monolambda"][1] - found["sharp"][1]
    yield _single(case.name, "SSIM, Monolambda − sharp", "", apart, case.apart)


def _single(case: str, measure: str, unit: str, value: float, limit: Limit | None = None) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value]), limit=limit)
