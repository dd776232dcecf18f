"""``pooling``: the quick run counts connections; the verdict follows from how many a container opened."""

from __future__ import annotations

import pytest

from lab.experiments.pooling import LIMIT, MODES, ConnectionStorm, PoolingResult, judge
from lab.experiments.support.origin import Counts
from tests.support.lab.figures import RunQuick, median


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


@pytest.mark.parametrize(("opened", "holds"), [(1, False), (2, True), (40, True)])
def test_the_verdict_turns_with_a_second_connection(opened: int, holds: bool) -> None:
    counts = {"per container": opened, "per request": 40, "none": 120}
    modes = {
        name: PoolingResult([90.0, 60.0], Counts(opened=counts[name], requests=120, refused=0, open=0))
        for name in MODES
    }
    stale = {name: {"per container": 0, "without retry": 10} for name in ("left alone", "closed", "dropped")}
    found = judge(modes, [ConnectionStorm(20, 10, 100, 100, 100)], stale)
    assert found.holds is holds
    assert found.verdict.startswith(f"{'Yes' if holds else 'No'}: 120 fetches opened {opened} ")
