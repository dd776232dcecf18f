from __future__ import annotations

from bench.report.page import tables
from tests.support.bench_results import results


def test_the_table_has_a_column_for_each_case_and_a_row_for_each_measure() -> None:
    assert tables(results(0.9)) == (
        "**Engine.** In turns.\n"
        "\n"
        "| | baseline | progressive |\n"
        "|---|---:|---:|\n"
        "| Monolambda / sharp | 0.9 × (0.8..1.3), target ≤ 1.1: met | 1.2 × (n = 1), target ≤ 1.1: **missed** |\n"
        "| Monolambda | 36 ms (n = 1) |  |\n"
        "| sharp | 40 ms (n = 1) |  |\n"
        "| SSIM | 0.94 (n = 1) |  |\n"
        "\n"
        "Machine: a processor, 2 cores. Versions: pillow 13.0.0. Made by `python -m bench` on 2026-11-21."
    )
