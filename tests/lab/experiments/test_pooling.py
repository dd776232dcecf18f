"""The quick run of ``pooling``: connections are counted."""

from __future__ import annotations

from lab.experiments.pooling import LIMIT
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
