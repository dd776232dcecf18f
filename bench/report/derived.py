"""What follows from the figures of several experiments: a mean of ratios, and who resamples with what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import fmean

import msgspec

from bench.report.results import ExperimentResult, Results
from measurement.figures import Figure, Spread, Target
from measurement.tables import markdown_table

OVER_SHARP = "Monolambda / sharp"
# the cases whose ratios are averaged, by experiment, and the most that they may be together
AVERAGED = {
    "engine": ("baseline", "progressive"),
    "sources": ("24 MP JPEG", "2 MP JPEG", "2725×2225 JPEG", "3 MP WebP", "4 MP RGBA PNG"),
}
MEAN_TARGET = Target(0.87)
# what resamples in each program: its name, and the key of its version; ours says its name itself
RESAMPLERS: Mapping[str, tuple[str, str]] = {
    "Monolambda": ("", "resampler"),
    "sharp": ("libvips", "vips"),
    "pyvips": ("libvips", "vips of pyvips"),
    "thumbor's engine": ("Pillow", "pillow of thumbor"),
    "naive Pillow": ("Pillow", "pillow"),
}


def with_mean(results: Results) -> Results:
    """Return the results with the geometric mean of our CPU over sharp's, if all that it is of was measured."""
    measured = {
        (name, figure.case): figure.spread.median
        for name, each in results.experiments.items()
        for figure in each.figures
        if figure.measure == OVER_SHARP
    }
    places = [(name, case) for name, cases in AVERAGED.items() for case in cases]
    if not all(place in measured for place in places):
        return results
    ratio = Spread.of([math.exp(fmean(math.log(measured[place]) for place in places))], digits=3)
    mean = ExperimentResult(
        title="Geometric mean",
        method=f"Of the ratios above for {', '.join(case for _, case in places)}.",
        figures=(Figure(case=f"{len(places)} cases", measure=OVER_SHARP, unit="×", spread=ratio, target=MEAN_TARGET),),
        command=results.experiments["sources"].command,
        date=results.experiments["sources"].date,
    )
    return msgspec.structs.replace(results, experiments={**results.experiments, "mean": mean})


def resamplers(versions: Mapping[str, str]) -> str:
    """Return a table of what resamples in each program, empty when it is not known for any."""
    known = {who: f"{name} {versions[key]}".strip() for who, (name, key) in RESAMPLERS.items() if key in versions}
    return markdown_table(known, [["resampler", *known.values()]]) if known else ""
