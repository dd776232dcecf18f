from __future__ import annotations

from bench.report.summary import summary
from measurement.figures import Target
from tests.support.bench_results import experiment, results
from tests.support.figures import figure


def test_the_summary_names_the_worst_case_of_each_target() -> None:
    target = Target(0.833, "at least")
    steps = [figure(f"step {value}", "estimated / measured", value, "×", target) for value in (0.9, 0.5, 1.2)]
    block = summary(results(0.9, cost=experiment(*steps, title="Cost model")), {})
    assert "| 12 MP JPEG, baseline | 36 ms | 40 ms | 0.9 × |" in block
    assert "| Engine: Monolambda / sharp | 2 | progressive | 1.2 × | ≤ 1.1 | **1 of 2** |" in block
    assert "| Cost model: estimated / measured | 3 | step 0.5 | 0.5 × | ≥ 0.833 | **2 of 3** |" in block
    assert "step 1.2" not in block
