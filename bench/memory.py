"""Experiment: how far one resize lifts the memory of a fresh process."""

from __future__ import annotations

from collections.abc import Iterator

from bench.engine import present
from bench.picture_more import sources
from bench.stand import Stand
from bench.workers import Job, worker
from measurement.results import Experiment, Figure, Limit, Spread
from measurement.stamps import BUILD

MIB = 1024 * 1024
LIMITS = {"baseline": Limit(25), "progressive": Limit(55), "progressive 4:4:4": Limit(90)}
METHOD = (
    "The same 12 MP resize in a fresh process, and that of a progressive file without chroma subsampling: peak "
    "resident memory (VmHWM) less what was resident after imports and one 64×48 resize; the source's own bytes count. "
    "Whole process: that peak itself."
)


def run(stand: Stand) -> Experiment:
    """Measure each subject on each JPEG coding, in as many fresh processes as there are rounds."""
    files = (stand.sources.baseline, stand.sources.progressive, sources(BUILD / "sources")["fine"])
    cases = {name: Job(path) for name, path in zip(LIMITS, files, strict=True)}
    rounds = 1 if stand.quick else 5
    figures = tuple(figure for name, job in cases.items() for figure in _measure(name, job, stand, rounds=rounds))
    return Experiment(title="Memory", method=METHOD, figures=figures)


def _measure(case: str, job: Job, stand: Stand, *, rounds: int) -> Iterator[Figure]:
    for subject, label in present(stand).items():
        answers = [_fresh(subject, job, stand) for _ in range(rounds)]
        over = Spread.of((peak - before for before, peak in answers), digits=1)
        limit = LIMITS[case] if subject == "ours" else None
        yield Figure(case=case, measure=f"{label}, over the loaded process", unit="MiB", spread=over, limit=limit)
        whole = Spread.of((peak for _, peak in answers), digits=1)
        yield Figure(case=case, measure=f"{label}, whole process", unit="MiB", spread=whole)


def _fresh(subject: str, job: Job, stand: Stand) -> tuple[float, float]:
    with worker(subject, job, stand) as each:
        answer = each.ask("peak", stand.sources.tiny)
    return answer["before"] / MIB, answer["peak"] / MIB
