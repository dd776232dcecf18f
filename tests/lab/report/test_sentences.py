"""A verdict in sentences."""

from __future__ import annotations

from lab.report.sentences import sentences


def test_a_clause_becomes_a_sentence_and_parentheses_stay_whole() -> None:
    verdict = "No: it took 2 ms (n = 5; all warm); that is little; 3 of 4 were cold."
    assert sentences(verdict) == "No: it took 2 ms (n = 5; all warm). That is little. 3 of 4 were cold."
    assert sentences("It held & stood.") == "It held & stood."
