"""``pooling``: the quick run counts connections; the verdict follows from how many a container opened."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lab.experiments.pooling import LIMIT, MODES, AfterFreezes, ConnectionStorm, Modes, PoolingResult, judge
from lab.experiments.support.findings import in_words
from lab.experiments.support.origin import Counts
from tests.support.lab.figures import RunQuick, median, spread


def test_a_container_keeps_one_connection_where_others_open_one_each_time(finding: RunQuick) -> None:
    found = finding("pooling")
    fetches = median(found, "connection none", "fetches")
    assert fetches == 12
    assert median(found, "connection per container", "connections opened") == 1
    assert median(found, "connection per request", "connections opened") == 4
    assert median(found, "connection none", "connections opened") == fetches
    assert found.holds is False


def test_pools_of_many_containers_exceed_the_origin_s_limit(finding: RunQuick) -> None:
    found = finding("pooling")
    assert median(found, "4 × 1", "connections accepted") == 4
    assert median(found, "4 × 1", "fetches that failed") == 0
    assert median(found, "4 × 30", "connections accepted") == LIMIT
    assert median(found, "4 × 30", "fetches that failed") == 4 * 30 - LIMIT


def test_frozen_containers_hold_their_connections(finding: RunQuick) -> None:
    assert median(finding("pooling"), "4 × 30", "connections held by frozen containers") == LIMIT


def test_only_a_dropped_connection_fails_and_only_without_our_retry(finding: RunQuick) -> None:
    found = finding("pooling")
    for change, failed in (("left alone", 0), ("closed", 0), ("dropped", 2)):
        assert median(found, f"{change} while frozen", "failed, plain requests") == failed
        assert median(found, f"{change} while frozen", "failed, our client") == 0


@pytest.mark.parametrize(("opened", "holds"), [((1, 1, 1), False), ((1, 2, 1), True), ((40, 40, 40), True)])
def test_the_verdict_turns_with_a_second_connection_in_one_round(opened: Sequence[int], holds: bool) -> None:
    found = judge(modes(opened), [STORM], STALE)
    assert found.holds is holds
    assert found.verdict.startswith(f"{'Yes' if holds else 'No'}: 60 fetches opened {in_words(opened)} with ")


def test_cells_and_verdict_say_how_often_they_were_measured() -> None:
    found = judge(modes((1, 1, 1)), [STORM], STALE)
    assert spread(found, "connection none", "connections opened").n == 3
    assert spread(found, "dropped while frozen", "failed, plain requests").n == 2
    assert "with none kept (n = 3); " in found.verdict
    assert spread(found, "20 × 10", "fetches that failed").n == 2
    assert "so 100.5 (100 to 101) fetches failed" in found.verdict
    assert "stayed open in frozen containers (n = 2); " in found.verdict
    assert "3.5 (3 to 4) of 4 requests failed without a retry, 0 with ours (n = 2)." in found.verdict


STORM = ConnectionStorm(20, 10, [100, 100], [100, 101], [100, 100])
STALE = {
    name: {"per container": AfterFreezes(4, [0, 0]), "without retry": AfterFreezes(4, [4, 3])}
    for name in ("left alone", "closed", "dropped")
}


def modes(per_container: Sequence[int]) -> Modes:
    """Return three rounds of each mode, with so many connections opened per container."""
    opened = {"per container": per_container, "per request": (20,) * 3, "none": (60,) * 3}
    return {
        name: [
            PoolingResult([90.0, 60.0], Counts(opened=each, requests=60, refused=0, open=0)) for each in opened[name]
        ]
        for name in MODES
    }
