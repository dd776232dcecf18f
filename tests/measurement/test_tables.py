from __future__ import annotations

from measurement.figures import Target
from measurement.tables import MAX_COLUMNS, cell, table
from tests.support.figures import figure


def test_many_cases_are_rows() -> None:
    lines = table([figure(f"case {number}", "CPU", number, "s") for number in range(MAX_COLUMNS + 1)]).splitlines()
    assert lines[:3] == ["| | CPU |", "|---|---:|", "| case 0 | 0 s (n = 1) |"]
    assert len(lines) == 2 + MAX_COLUMNS + 1


def test_few_cases_are_columns_and_may_lack_a_measure() -> None:
    figures = [figure("one", "CPU", 1, "s"), figure("two", "CPU", 2, "s"), figure("two", "SSIM", 0.94)]
    assert table(figures).splitlines() == [
        "| | one | two |",
        "|---|---:|---:|",
        "| CPU | 1 s (n = 1) | 2 s (n = 1) |",
        "| SSIM |  | 0.94 (n = 1) |",
    ]


def test_a_cell_says_whether_its_target_is_met() -> None:
    assert cell(figure("one", "SSIM", 0.94, target=Target(0.9, "at least"))) == "0.94 (n = 1), target ≥ 0.9: met"
    assert cell(figure("one", "ratio", 1.2, "×", Target(1.1))) == "1.2 × (n = 1), target ≤ 1.1: **missed**"
    assert cell(None) == ""


def test_a_cell_that_was_measured_once_says_so() -> None:
    once, twice = (figure("one", "CPU", 2, "s", n=n) for n in (1, 2))
    assert (cell(once), cell(twice)) == ("2 s (n = 1)", "2 s (2..2)")
    assert cell(figure("one", "status", 502, "", n=1)) == "502 (n = 1)", "a count is a measurement too"
    assert cell(figure("one", "largest", 40, "bytes", n=1)) == "40 bytes (n = 1)"


def test_a_count_has_all_of_its_digits() -> None:
    assert cell(figure("one", "largest", 6_291_484, "bytes", n=5)) == "6291484 bytes (6291484..6291484)"


def test_a_cell_that_was_given_has_no_spread() -> None:
    assert cell(figure("one", "functions", 10, given=True)) == "10"
    assert cell(figure("one", "servers, a month", 206, "$", given=True)) == "206 $"
