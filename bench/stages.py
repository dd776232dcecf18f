"""Experiment: which part of one resize is decoding, resizing and encoding."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.picture_more import sources
from bench.stand import Stand
from bench.workers import Job, worker
from measurement.results import Experiment, Figure, Spread
from measurement.stamps import BUILD

STAGES = ("decode", "resize", "encode")
METHOD = (
    "CPU of our engine in the stages that `Server-Timing` names, each source to 480 wide in its own format. Elsewhere: "
    "reading the header, the options and the plan."
)


def run(stand: Stand) -> Experiment:
    """Measure one source of each format."""
    files = sources(BUILD / "sources")
    cases = {
        "12 MP JPEG": Job(stand.sources.baseline),
        "4 MP RGBA PNG": Job(files["clear"], format="png"),
        "3 MP WebP": Job(files["3mp"], format="webp"),
        "2 MP AVIF": Job(files["avif"], format="avif", quality=50),
        "drawn GIF, 30 frames": Job(files["drawn"], format="gif"),
    }
    figures = tuple(figure for case, job in cases.items() for figure in _measure(case, job, stand))
    return Experiment(title="Stages", method=METHOD, figures=figures)


def _measure(case: str, job: Job, stand: Stand) -> Iterator[Figure]:
    with worker("ours", job, stand) as each:
        each.cpu_per_job(1)
        rounds = [each.ask("stages") for _ in range(3 if stand.quick else 11)]
    taken = {name: [1000 * spent.get(name, 0.0) for spent in rounds] for name in (*STAGES, "total")}
    known = [sum(taken[name][turn] for name in STAGES) for turn in range(len(rounds))]
    taken["elsewhere"] = [total - part for total, part in zip(taken["total"], known, strict=True)]
    for name in (*STAGES, "elsewhere", "total"):
        yield _figure(case, f"{name}, CPU", "ms", taken[name], digits=2)
    for name in (*STAGES, "elsewhere"):
        yield _figure(case, f"{name}, share", "%", [100 * median(taken[name]) / median(taken["total"])], digits=1)


def _figure(case: str, measure: str, unit: str, values: list[float], *, digits: int) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of(values, digits=digits))
