from __future__ import annotations

from bench.report.readme import CHART, readme_block
from measurement.figures import Target
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def test_results_are_written_in_words() -> None:
    handler = experiment(
        figure("v1, 1 KB answer", "Monolambda, on top", 0.0415, "ms"),
        figure("v1, 500 KB image", "Monolambda, on top", 0.4955, "ms"),
        title="Handler",
    )
    block = readme_block(results(0.9, handler=handler), {})
    assert "adds 0.0415 ms to an answer of 1 KB, and 0.495 ms to an image of 500 KB." in block
    assert "**Cold start.**" not in block, "an experiment that did not run has no sentence"


def test_missed_targets_are_counted() -> None:
    quality = experiment(figure("a GIF", "SSIM", 0.8, "", Target(0.9, "at least")), title="Quality")
    block = readme_block(results(0.9, quality=quality), {})
    text = "2 of 3 [targets](docs/bench.md#summary) are [missed](docs/bench.md#missed-targets). Engine: 1; Quality: 1."
    assert text in block


def test_without_a_miss_it_says_so() -> None:
    met = experiment(figure("progressive", "Monolambda / sharp", 1.0, "×", Target(1.1)))
    assert "All 1 [targets](docs/bench.md#summary) are met." in readme_block(results(0.9, engine=met), {})


def test_one_chart_is_shown() -> None:
    block = readme_block(results(0.9), {CHART: "The title", "docs/charts/bench-stages.svg": "Stages"})
    assert f"![The title]({CHART})" in block
    assert "bench-stages" not in block
