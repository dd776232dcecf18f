"""Experiment: how much memory one resize adds to a fresh process."""

from __future__ import annotations

from collections.abc import Iterator

from bench.engine.subjects import available
from bench.engine.task import ResizeTask, subject_worker
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.formats import draw_formats
from measurement.figures import Figure, Spread, Target
from measurement.stamps import BUILD

MIB = 1024 * 1024
TARGETS = {"baseline": Target(25), "progressive": Target(55), "progressive 4:4:4": Target(90)}
METHOD = (
    "The same 12 MP resize in a fresh process, and that of a progressive file without chroma subsampling: peak "
    "resident memory (VmHWM) minus what was resident after imports and one 64×48 resize; the source's own bytes "
    "count. Whole process: the peak itself."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure each subject on each JPEG coding, every round in a fresh process."""
    files = (config.sources.baseline, config.sources.progressive, draw_formats(BUILD / "sources")["fine"])
    tasks = {name: ResizeTask(path) for name, path in zip(TARGETS, files, strict=True)}
    rounds = 1 if config.quick else 5
    figures = tuple(figure for name, task in tasks.items() for figure in _measure(name, task, config, rounds=rounds))
    return ExperimentResult(title="Memory", method=METHOD, figures=figures)


def _measure(case: str, task: ResizeTask, config: RunConfig, *, rounds: int) -> Iterator[Figure]:
    for subject, label in available(config).items():
        resident = [_resident_mib(subject, task, config) for _ in range(rounds)]
        added = Spread.of((peak - before for before, peak in resident), digits=1)
        target = TARGETS[case] if subject == "ours" else None
        yield Figure(case=case, measure=f"{label}, over the loaded process", unit="MiB", spread=added, target=target)
        whole = Spread.of((peak for _, peak in resident), digits=1)
        yield Figure(case=case, measure=f"{label}, whole process", unit="MiB", spread=whole)


def _resident_mib(subject: str, task: ResizeTask, config: RunConfig) -> tuple[float, float]:
    """Return MiB before the resize, and at its peak."""
    with subject_worker(subject, task, config) as worker:
        answer = worker.ask("peak", config.sources.tiny)
    return answer["before"] / MIB, answer["peak"] / MIB
