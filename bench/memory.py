"""Experiment: how far one resize lifts the memory of a fresh process."""

from __future__ import annotations

from collections.abc import Iterator

from bench.engine import SUBJECTS
from bench.measure import Job, worker
from bench.results import Experiment, Figure, Limit, Spread
from bench.stand import Stand

MIB = 1024 * 1024
LIMITS = {"baseline": Limit(30), "progressive": Limit(60)}
METHOD = (
    "The same 12 MP resize in a fresh process: peak resident memory (VmHWM) less what was resident after imports and "
    "one 64×48 resize; the source's own bytes count. Whole process: that peak itself."
)


def run(stand: Stand) -> Experiment:
    """Measure each subject on both JPEG codings, in as many fresh processes as there are rounds."""
    cases = {"baseline": Job(stand.sources.baseline), "progressive": Job(stand.sources.progressive)}
    rounds = 1 if stand.quick else 5
    figures = tuple(figure for name, job in cases.items() for figure in _measure(name, job, stand, rounds=rounds))
    return Experiment(title="Memory", method=METHOD, figures=figures)


def _measure(case: str, job: Job, stand: Stand, *, rounds: int) -> Iterator[Figure]:
    for subject, label in SUBJECTS.items():
        answers = [_fresh(subject, job, stand) for _ in range(rounds)]
        over = Spread.of((peak - before for before, peak in answers), digits=1)
        limit = LIMITS[case] if subject == "ours" else None
        yield Figure(case=case, measure=f"{label}, over the loaded process", unit="MiB", spread=over, limit=limit)
        whole = Spread.of((peak for _, peak in answers), digits=1)
        yield Figure(case=case, measure=f"{label}, whole process", unit="MiB", spread=whole)


def _fresh(subject: str, job: Job, stand: Stand) -> tuple[float, float]:
    with worker(subject, job, node=stand.node) as each:
        answer = each.ask("peak", stand.sources.tiny)
    return answer["before"] / MIB, answer["peak"] / MIB
