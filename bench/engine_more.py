"""Experiment: CPU of one resize of other sizes and formats, beside the same peers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.engine import Case, measure
from bench.picture_more import sources
from bench.stand import Stand
from bench.workers import Job
from measurement.results import Experiment, Limit
from measurement.stamps import BUILD

METHOD = (
    "As above, each to 480 wide in the format named: seeded photographs of 24, 2 and 6 MP (2725×2225), 4 MP RGBA PNG, "
    "3 MP WebP, 2 MP to AVIF, and two GIFs of 30 frames of 640×480, one drawn, one a photograph that moves. Settings "
    "that are not said are each program's own defaults. AVIF: sharp at quality 50, ours at the best quality whose "
    "bytes are no more than sharp's. SSIM over white; of a GIF, the mean of three frames."
)


def run(stand: Stand) -> Experiment:
    """Measure every source."""
    figures = tuple(figure for case in cases(sources(BUILD / "sources")) for figure in measure(case, stand, rounds=15))
    return Experiment(title="Other sources", method=METHOD, figures=figures)


def cases(files: Mapping[str, Path]) -> tuple[Case, ...]:
    """Return the rows with what our CPU over sharp's may be."""
    avif, moving = Job(files["2mp"], format="avif", quality=50), Job(files["moving"], format="gif")
    return (
        Case(name="24 MP JPEG", job=Job(files["24mp"]), most=Limit(1.0)),
        Case(name="2 MP JPEG", job=Job(files["2mp"]), most=Limit(1.0)),
        Case(name="2725×2225 JPEG", job=Job(files["6mp"]), most=Limit(1.1)),
        Case(name="4 MP RGBA PNG", job=Job(files["clear"], format="png"), most=Limit(1.3)),
        Case(name="3 MP WebP", job=Job(files["3mp"], format="webp"), most=Limit(1.3)),
        Case(name="2 MP to AVIF", job=avif, most=Limit(0.25), apart=Limit(0, "at least"), equal_bytes=True),
        Case(name="drawn GIF, 30 frames", job=Job(files["drawn"], format="gif"), most=Limit(1.5)),
        # ten seconds a resize for the peers: two of them would tell nothing more
        Case(name="photo GIF, 30 frames", job=moving, most=Limit(1.5), subjects=("ours", "sharp")),
    )
