"""Experiment: other sizes and formats, beside the same peers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.engine.comparison import ANIMATED_SSIM_TARGET, EngineCase, compare
from bench.engine.task import ResizeTask
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.formats import draw_formats
from measurement.figures import Target
from measurement.stamps import BUILD

METHOD = (
    "As above, each to 480 wide in the format named: seeded photographs of 24, 2 and 6 MP (2725×2225), 2 MP with a "
    "profile of Display P3, which becomes sRGB, a 4 MP RGBA PNG, a 3 MP WebP, 2 MP to AVIF, and two GIFs of 30 frames "
    "of 640×480, one drawn, one a moving photograph. "
    "Settings that are not mentioned are each program's own defaults. AVIF: sharp at quality 50, ours at the best "
    "quality whose result is no larger than sharp's. SSIM over white, of the colors as they are "
    "shown, with those of a profile turned into sRGB; of a GIF, the mean of every fourth frame."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every source."""
    cases = _cases(draw_formats(BUILD / "sources"))
    figures = tuple(figure for case in cases for figure in compare(case, config, rounds=15))
    return ExperimentResult(title="Other sources", method=METHOD, figures=figures)


def _cases(files: Mapping[str, Path]) -> tuple[EngineCase, ...]:
    avif, moving = ResizeTask(files["2mp"], format="avif", quality=50), ResizeTask(files["moving"], format="gif")
    no_worse = Target(0, "at least")
    return (
        EngineCase(name="24 MP JPEG", task=ResizeTask(files["24mp"]), cpu_target=Target(0.92)),
        EngineCase(name="2 MP JPEG", task=ResizeTask(files["2mp"]), cpu_target=Target(0.8)),
        EngineCase(name="2725×2225 JPEG", task=ResizeTask(files["6mp"]), cpu_target=Target(0.8)),
        EngineCase(name="2 MP JPEG in P3", task=ResizeTask(files["wide"]), cpu_target=Target(0.9)),
        EngineCase(name="2 MP PNG in P3", task=ResizeTask(files["wide png"], format="png"), cpu_target=Target(1.1)),
        EngineCase(name="4 MP RGBA PNG", task=ResizeTask(files["clear"], format="png"), cpu_target=Target(1.1)),
        EngineCase(name="3 MP WebP", task=ResizeTask(files["3mp"], format="webp"), cpu_target=Target(0.9)),
        EngineCase(name="2 MP to AVIF", task=avif, cpu_target=Target(0.25), ssim_target=no_worse, equal_bytes=True),
        EngineCase(name="drawn GIF, 30 frames", task=ResizeTask(files["drawn"], format="gif"), cpu_target=Target(0.4)),
        # the other peers take ten seconds a resize here and would add nothing
        EngineCase(
            name="photo GIF, 30 frames",
            task=moving,
            cpu_target=Target(1.5),
            ssim_target=ANIMATED_SSIM_TARGET,
            subjects=("ours", "sharp"),
        ),
    )
