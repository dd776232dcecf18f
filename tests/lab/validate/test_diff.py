"""Runs side by side."""

from __future__ import annotations

import pytest

from lab.validate.diff import line, summary, unlike, validation_table
from lab.validate.validation import LAB, Observation, ProbeRun, Validation

AWS = "lambda.eu-west-1.amazonaws.com"


def observation(trait: str, seen: str, documented: str = "yes", why: str = "") -> Observation:
    return Observation(trait=trait, source="https://docs.example", documented=documented, seen=seen, why=why)


def run(*observations: Observation) -> ProbeRun:
    return ProbeRun(date="2026-11-26", function={"memory": "256 MB"}, observations=observations)


@pytest.mark.parametrize(
    ("seen", "documented", "verdict"),
    [
        ("yes", "yes", "as documented"),
        ("no", "yes", "differs"),
        ("no", "", "not documented"),
        ("", "yes", "not decided"),
    ],
)
def test_a_verdict_follows_from_what_was_seen(seen: str, documented: str, verdict: str) -> None:
    assert observation("a", seen, documented).verdict == verdict


def test_a_line_names_what_is_not_the_same() -> None:
    lab = run(observation("a", "yes"), observation("b", "yes"))
    assert line(observation("a", "yes"), lab) == "as documented  a: yes"
    assert line(observation("a", "no"), lab) == "differs        a: no; documented: yes; the lab: yes"
    assert line(observation("b", "", why="no cold start"), lab) == "not decided    b: no cold start"
    assert line(observation("new", "no"), lab) == "differs        new: no; documented: yes"


def test_the_lab_is_compared_where_both_saw_something() -> None:
    lab = run(observation("a", "yes"), observation("b", "no"), observation("c", ""))
    seen = run(observation("a", "yes"), observation("b", "yes"), observation("c", "yes"), observation("d", "yes"))
    assert unlike(seen, lab) == ["b"]
    assert summary(seen, lab).splitlines() == ["4 traits: as documented 4", "the lab differs from it in 1: b"]
    assert summary(lab, None) == "3 traits: as documented 1, differs 1, not decided 1"


def test_the_table_has_a_column_for_the_lab_and_for_aws_alone() -> None:
    lab, seen = run(observation("a", "no"), observation("b", "x_y", "")), run(observation("a", "yes"))
    runs = {LAB: lab, AWS: seen, "127.0.0.1": seen}
    rows = validation_table(Validation(runs=runs)).splitlines()
    assert rows[0] == f"| trait | documented for Lambda | the lab | {AWS} |"
    assert rows[2] == "| a | [yes](https://docs.example) | **no** | as documented |"
    assert rows[3] == r"| b | [not published](https://docs.example) | x\_y | not decided |"
    assert "127.0.0.1" not in "".join(rows)
    assert "No run against AWS" not in rows[-1]


def test_the_table_says_that_aws_was_not_probed() -> None:
    text = validation_table(Validation(runs={LAB: run(observation("a", "yes"))}))
    assert text.splitlines()[-1] == "No run against AWS is stored yet."
