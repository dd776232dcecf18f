"""Figures with the digits that mean something, and findings of several runs."""

from __future__ import annotations

import msgspec
import pytest

from lab.experiments.support.findings import UNDECIDED, Finding, Findings, figure, in_words


@pytest.mark.parametrize(
    ("value", "kept"), [(3, 3), (12345, 12345), (1.23456, 1.23), (0.00123456, 0.00123), (1234.5, 1234), (99.96, 100)]
)
def test_counts_are_kept_and_measurements_have_three_digits(value: float, kept: float) -> None:
    assert figure("case", "measure", [value]).spread.median == kept


def test_a_large_number_in_a_verdict_has_no_exponent() -> None:
    assert in_words([1e6, 2e6, 3e6]) == "2,000,000 (1,000,000 to 3,000,000)"


def test_a_verdict_that_rests_on_nothing_claims_nothing() -> None:
    assert finding("").basis == UNDECIDED
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value"):
        msgspec.convert({**msgspec.to_builtins(finding("")), "basis": "proven"}, Finding)


def finding(verdict: str) -> Finding:
    return Finding(title="", claim="", method="", verdict=verdict, figures=())


def findings(machine: str, **verdicts: str) -> Findings:
    experiments = {name: finding(verdict) for name, verdict in verdicts.items()}
    return Findings(machine={"cpu": machine}, experiments=experiments)


def test_a_new_run_replaces_its_own_findings_and_keeps_the_others() -> None:
    merged = findings("a", one="new").over(findings("a", one="old", two="old"))
    assert {name: each.verdict for name, each in merged.experiments.items()} == {"one": "new", "two": "old"}


def test_findings_of_another_machine_are_dropped() -> None:
    assert list(findings("a", one="new").over(findings("b", two="old")).experiments) == ["one"]
