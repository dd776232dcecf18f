"""Experiment: a 12 MP JPEG beside sharp, pyvips, thumbor's engine and Pillow used naively."""

from __future__ import annotations

from bench.engine.comparison import EngineCase, compare
from bench.engine.subjects import SUBJECTS
from bench.engine.task import ResizeTask
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Target

METHOD = (
    "A 4000×3000 JPEG (quality 90, 4:2:0) to a 480×360 JPEG (quality 80, 4:2:0), in warm processes that take turns: "
    "CPU of all threads per resize, ratios within each turn, as median (least..most). sharp: shrink-on-load, "
    "concurrency 1, no cache. pyvips: `thumbnail_buffer`, concurrency 1, no cache, sharp's encoder settings. "
    "Bare pipeline: the libraries that we call and nothing around them, which is Pillow's decode at a fraction of the "
    "size, cykooz-resizer's Lanczos and Pillow's encoder. "
    "thumbor's engine: its Pillow engine with its default settings, without its server. SSIM of luma against a "
    "float64 Lanczos3 reduction of the full decode."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every subject on both JPEG codings, and on output without progressive scans."""
    baseline, progressive = config.sources.baseline, config.sources.progressive
    tasks = {
        "baseline": (ResizeTask(baseline), Target(0.8)),
        "progressive": (ResizeTask(progressive), Target(0.85)),
        "baseline to baseline": (ResizeTask(baseline, progressive=False), Target(1.1)),
    }
    cases = [
        EngineCase(name=name, task=task, cpu_target=target, subjects=tuple(SUBJECTS))
        for name, (task, target) in tasks.items()
    ]
    figures = tuple(figure for case in cases for figure in compare(case, config))
    return ExperimentResult(title="Engine", method=METHOD, figures=figures)
