from __future__ import annotations

import pytest
from msgspec.structs import replace

from bench.report.derived import AVERAGED, OVER_SHARP, resamplers, with_mean
from bench.report.results import ExperimentResult
from bench.report.summary import summary
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def measured(*ratios: float) -> dict[str, ExperimentResult]:
    cases = [(name, case) for name, cases in AVERAGED.items() for case in cases]
    rows = [(name, figure(case, OVER_SHARP, ratio, "×")) for (name, case), ratio in zip(cases, ratios, strict=False)]
    return {name: experiment(*(each for of, each in rows if of == name)) for name in AVERAGED}


@pytest.mark.parametrize(("last", "verdict"), [(1.0, "0.743 × | ≤ 0.87 | all"), (8.0, "1 × | ≤ 0.87 | **0 of 1**")])
def test_the_mean_of_seven_cases_is_geometric_and_has_a_target(last: float, verdict: str) -> None:
    found = with_mean(results(0.9, **measured(0.5, 0.5, 0.5, 1, 1, 1, last)))
    assert f"| Geometric mean: Monolambda / sharp | 1 | 7 cases | {verdict} |" in summary(found, {})


def test_without_one_of_them_there_is_no_mean() -> None:
    assert "mean" not in with_mean(results(0.9, **measured(1, 1, 1, 1, 1, 1))).experiments


def test_every_program_has_its_resampler_beside_it() -> None:
    versions = {"resampler": "cykooz-resizer 4.0.1", "pillow": "13.0.0", "vips": "8.18.7"}
    assert resamplers(versions) == (
        "| | Monolambda | sharp | naive Pillow |\n"
        "|---|---:|---:|---:|\n"
        "| resampler | cykooz-resizer 4.0.1 | libvips 8.18.7 | Pillow 13.0.0 |"
    )
    assert "| resampler | cykooz-resizer 4.0.1 |" in summary(replace(results(0.9), versions=versions), {})
