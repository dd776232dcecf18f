"""``memory_between_requests``: every answer's past tells where it must come from, and one wrong answer decides."""

from __future__ import annotations

import pytest

from lab.experiments.memory_between_requests import (
    APP,
    ENDED,
    FRESH,
    LEAKING,
    OTHER,
    SAME,
    Leftovers,
    RenditionLookup,
    judge,
)
from lab.experiments.support.findings import Finding
from lab.experiments.support.isolation import IsolationResult
from tests.support.lab.figures import RunQuick, median


@pytest.mark.parametrize(
    ("before", "found_in"),
    [(FRESH, "made anew"), (SAME, "found in memory"), (OTHER, "found in storage"), (ENDED, "found in storage")],
)
def test_where_a_rendition_is_found_depends_on_where_it_was_made(finding: RunQuick, before: str, found_in: str) -> None:
    assert median(finding("memory_between_requests"), before, found_in) == 100


def test_temp_files_stay_in_their_container(finding: RunQuick) -> None:
    """With ``private_temp`` off every container finds them."""
    found = finding("memory_between_requests")
    for measure in ("earlier calls found in memory", "files found in the temp directory"):
        assert [median(found, before, measure) for before in (SAME, OTHER, ENDED)] == [1, 0, 0]


def test_no_caller_gets_another_s_response(finding: RunQuick) -> None:
    found = finding("memory_between_requests")
    assert median(found, "the app", "answers checked") == 12 * 4 * 4
    assert median(found, "the app", "answers with another caller's data") == 0


def test_the_same_check_finds_a_leak(finding: RunQuick) -> None:
    found = finding("memory_between_requests")
    assert median(found, "a function that leaks", "answers with another caller's data") > 0


def test_containers_served_many_callers(finding: RunQuick) -> None:
    """With a container for each caller nothing could be mixed up."""
    found = finding("memory_between_requests")
    assert median(found, "the app", "containers") < 12


def judged(
    *, cache: str | None = "memory", other: tuple[str, ...] = (), crossed: int = 0, leaked: int = 587
) -> Finding:
    """Return the finding of a run in which everything is as it should be but what is given."""
    befores = {FRESH: "miss", SAME: cache, OTHER: "storage", ENDED: "storage"}
    renditions = [
        RenditionLookup(before=before, cache=found, duration_ms=5.0) for before, found in befores.items() if found
    ]
    leftovers = {SAME: Leftovers(["a"], ["a"]), OTHER: Leftovers([], list(other)), ENDED: Leftovers([], [])}
    mixed = {
        APP: IsolationResult(checked=2400, crossed=crossed, callers=[60]),
        LEAKING: IsolationResult(checked=600, crossed=leaked, callers=[60]),
    }
    return judge(renditions, leftovers, mixed)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        pytest.param(judged(), True, id="as it should be"),
        pytest.param(judged(cache="storage"), False, id="a container forgot a rendition"),
        pytest.param(judged(cache=None), False, id="no container was asked twice"),
        pytest.param(judged(other=("a",)), False, id="a temp file of another container"),
        pytest.param(judged(crossed=1), False, id="one response of 2400 was another caller's"),
    ],
)
def test_the_verdict_turns_with_one_response(found: Finding, holds: bool) -> None:
    assert found.holds is holds
    assert found.verdict.startswith("Yes: " if holds else "No: ")


def test_a_check_that_finds_no_leak_where_there_is_one_gives_no_verdict() -> None:
    with pytest.raises(RuntimeError, match="shows nothing about the app"):
        judged(leaked=0)
