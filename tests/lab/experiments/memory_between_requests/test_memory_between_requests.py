"""``memory_between_requests``: every answer's past tells where it must come from, and one wrong answer decides."""

from __future__ import annotations

import pytest

from lab.experiments.memory_between_requests import APP, LEAKING, judge
from lab.experiments.memory_between_requests.crossed_answers import IsolationResult
from lab.experiments.memory_between_requests.kept import ENDED, FRESH, OTHER, SAME, Leftovers, RenditionLookup
from lab.experiments.support.findings import Finding
from tests.support.lab.figures import RunQuick, median, spread


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
    *, cache: str | None = "memory", other: tuple[str, ...] = (), ended: tuple[str, ...] = (), crossed: int = 0
) -> Finding:
    """Return the finding of three rounds in which everything is as it should be but what is given for the second."""
    return judge(
        [lookups("memory"), lookups(cache), lookups("memory")],
        {
            SAME: [Leftovers(["a"], ["a"])] * 3,
            OTHER: [Leftovers([], list(each)) for each in ((), other, ())],
            ENDED: [Leftovers([], list(each)) for each in ((), ended, ())],
        },
        {
            APP: [IsolationResult(checked=480, crossed=each, callers=[60]) for each in (0, crossed, 0)],
            LEAKING: leaks(117, 118, 119),
        },
    )


def lookups(cache: str | None) -> list[RenditionLookup]:
    """Return a round in which the same container found a rendition there, or was not asked again."""
    befores = {FRESH: "miss", SAME: cache, OTHER: "storage", ENDED: "storage"}
    return [RenditionLookup(before=before, cache=found, duration_ms=5.0) for before, found in befores.items() if found]


def leaks(*crossed: int) -> list[IsolationResult]:
    return [IsolationResult(checked=120, crossed=each, callers=[60]) for each in crossed]


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        pytest.param(judged(), True, id="as it should be"),
        pytest.param(judged(cache="storage"), False, id="a container forgot a rendition"),
        pytest.param(judged(cache=None), False, id="no container was asked twice"),
        pytest.param(judged(other=("a",)), False, id="a temp file of another container"),
        pytest.param(judged(ended=("a",)), False, id="a temp file of a container that had ended"),
        pytest.param(judged(crossed=1), False, id="one response of 1440 was another caller's"),
    ],
)
def test_the_verdict_turns_with_one_response_in_one_round(found: Finding, holds: bool) -> None:
    assert found.holds is holds
    assert found.verdict.startswith("Yes (n = 3): " if holds else "No (n = 3): ")


def test_the_verdict_quotes_the_round_that_differs() -> None:
    found = judged(crossed=1)
    assert spread(found, APP, "answers with another caller's data").n == 3
    assert "0 (0 to 1) of 480 responses held another caller's data" in found.verdict
    assert "the same check found 118 (117 to 119) of 120" in found.verdict


def test_a_check_that_finds_no_leak_where_there_is_one_gives_no_verdict() -> None:
    """A round without a leak shows nothing, whatever the other rounds found."""
    leftovers = {before: [Leftovers([], [])] for before in (SAME, OTHER, ENDED)}
    mixed = {APP: leaks(0), LEAKING: leaks(117, 0, 119)}
    with pytest.raises(RuntimeError, match="shows nothing about the app"):
        judge([lookups("memory")], leftovers, mixed)
