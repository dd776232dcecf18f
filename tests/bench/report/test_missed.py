from __future__ import annotations

from bench.report.missed import missed_table
from measurement.figures import Target
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def test_missed_targets_have_a_row_each() -> None:
    quality = experiment(figure("a GIF", "SSIM", 0.8, "", Target(0.9, "at least")), title="Quality")
    table = missed_table(results(0.9, quality=quality))
    assert table.startswith("| | measured | target |\n")
    assert "\n| Engine, progressive: Monolambda / sharp | 1.2 × | at most 1.1 × |\n" in table
    assert table.endswith("\n| Quality, a GIF: SSIM | 0.8 | at least 0.9 |")


def test_without_a_miss_it_says_so() -> None:
    met = experiment(figure("progressive", "Monolambda / sharp", 1.0, "×", Target(1.1)))
    assert missed_table(results(0.9, engine=met)) == "All targets are met."
