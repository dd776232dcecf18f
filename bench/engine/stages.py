"""Experiment: how the CPU of one resize divides into decoding, resizing and encoding."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.engine.task import ResizeTask, subject_worker
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.formats import draw_formats
from measurement.figures import Figure, Spread
from measurement.stamps import BUILD

STAGES = ("decode", "resize", "encode")
METHOD = (
    "CPU of our engine in the stages that `Server-Timing` names, each source to 480 wide in its own format. "
    "Elsewhere: reading the header and the options, and planning."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure one source of each format."""
    files = draw_formats(BUILD / "sources")
    cases = {
        "12 MP JPEG": ResizeTask(config.sources.baseline),
        "4 MP RGBA PNG": ResizeTask(files["clear"], format="png"),
        "3 MP WebP": ResizeTask(files["3mp"], format="webp"),
        "2 MP AVIF": ResizeTask(files["avif"], format="avif", quality=50),
        "drawn GIF, 30 frames": ResizeTask(files["drawn"], format="gif"),
    }
    figures = tuple(figure for case, task in cases.items() for figure in _measure(case, task, config))
    return ExperimentResult(title="Stages", method=METHOD, figures=figures)


def _measure(case: str, task: ResizeTask, config: RunConfig) -> Iterator[Figure]:
    with subject_worker("ours", task, config) as worker:
        worker.cpu_per_call(1)
        rounds = [worker.ask("stages") for _ in range(3 if config.quick else 11)]
    cpu_ms = {name: [1000 * spent.get(name, 0.0) for spent in rounds] for name in (*STAGES, "total")}
    in_stages = [sum(cpu_ms[name][at] for name in STAGES) for at in range(len(rounds))]
    cpu_ms["elsewhere"] = [total - part for total, part in zip(cpu_ms["total"], in_stages, strict=True)]
    for name in (*STAGES, "elsewhere", "total"):
        yield _figure(case, f"{name}, CPU", "ms", cpu_ms[name], digits=2)
    for name in (*STAGES, "elsewhere"):
        yield _figure(case, f"{name}, share", "%", [100 * median(cpu_ms[name]) / median(cpu_ms["total"])], digits=1)


def _figure(case: str, measure: str, unit: str, values: list[float], *, digits: int) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of(values, digits=digits))
