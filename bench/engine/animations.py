"""Experiment: animated GIFs as people make them, beside sharp."""

from __future__ import annotations

from bench.engine.comparison import ANIMATED_SSIM_TARGET, EngineCase, compare
from bench.engine.task import ResizeTask
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.animations import DELAY_MS, FRAMES, draw_animations
from measurement.figures import Target
from measurement.stamps import BUILD

CPU_TARGET, BYTES_TARGET = Target(0.6), Target(1.2)
METHOD = (
    f"As above, GIFs of {FRAMES} frames of {DELAY_MS} ms to GIFs 480 wide: an editor whose text scrolls, a cursor over "
    "a form (960×720), a drifting gradient, a pan over a photograph, and a film clip with a cut (640×360), none with "
    "noise; written by libvips, the form and the film by Pillow. SSIM: the mean of every fourth frame."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every GIF."""
    cases = [
        EngineCase(
            name=name,
            task=ResizeTask(path, format="gif"),
            cpu_target=CPU_TARGET,
            ssim_target=ANIMATED_SSIM_TARGET,
            bytes_target=BYTES_TARGET,
            # sharp takes ten seconds a resize; the other peers would add as much and tell nothing new
            subjects=("ours", "sharp"),
        )
        for name, path in draw_animations(BUILD / "sources").items()
    ]
    figures = tuple(figure for case in cases for figure in compare(case, config, rounds=5))
    return ExperimentResult(title="Animations", method=METHOD, figures=figures)
