"""The quick run of ``memory_between_requests``: every answer's past tells where it must come from."""

from __future__ import annotations

import pytest

from lab.experiments.memory_between_requests import ENDED, FRESH, OTHER, SAME
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
