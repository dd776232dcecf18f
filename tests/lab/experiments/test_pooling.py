"""The quick run of ``pooling``, and the origin it is counted at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from lab.experiments.pooling import LIMIT
from lab.experiments.support.findings import Finding
from lab.experiments.support.origin import Origin
from tests.lab.conftest import wait_until
from tests.lab.experiments.cells import median

Run = Callable[[str], Finding]


def test_a_container_keeps_one_connection_where_others_open_one_each_time(finding: Run) -> None:
    found = finding("pooling")
    fetches = median(found, "connection none", "fetches")
    assert fetches == 12
    assert median(found, "connection per container", "connections opened") == 1
    assert median(found, "connection per request", "connections opened") == 4
    assert median(found, "connection none", "connections opened") == fetches
    assert found.holds is False


def test_pools_of_many_containers_pass_what_the_origin_accepts(finding: Run) -> None:
    found = finding("pooling")
    assert median(found, "4 × 1", "connections accepted") == 4
    assert median(found, "4 × 1", "fetches that failed") == 0
    assert median(found, "4 × 30", "connections accepted") == LIMIT
    assert median(found, "4 × 30", "fetches that failed") == 4 * 30 - LIMIT


def test_frozen_containers_hold_their_connections(finding: Run) -> None:
    assert median(finding("pooling"), "4 × 30", "connections held by frozen containers") == LIMIT


def test_only_a_dropped_connection_fails_and_only_without_our_retry(finding: Run) -> None:
    found = finding("pooling")
    for meanwhile, failed in (("left alone", 0), ("closed", 0), ("dropped", 2)):
        assert median(found, f"{meanwhile} while frozen", "failed, plain requests") == failed
        assert median(found, f"{meanwhile} while frozen", "failed, our client") == 0


def test_the_origin_accepts_no_more_than_its_limit() -> None:
    with Origin(limit=1) as origin, requests.Session() as first, requests.Session() as second:
        assert len(first.get(origin.url("/?bytes=5"), timeout=20).content) == 5
        with pytest.raises(requests.ConnectionError):
            second.get(origin.url(), timeout=20)
        counts = origin.counts()
        assert (counts.opened, counts.refused, counts.requests, counts.open) == (1, 1, 1, 1)


def test_the_origin_closes_what_is_idle() -> None:
    with Origin() as origin, requests.Session() as session:
        session.get(origin.url("/?bytes=1"), timeout=20)
        origin.close_idle()
        wait_until(lambda: origin.counts().open == 0)


def test_a_dropped_connection_fails_when_it_is_used() -> None:
    with Origin() as origin, requests.Session() as session:
        session.get(origin.url("/?bytes=1"), timeout=20)
        origin.drop_idle()
        assert origin.counts().open == 1
        with pytest.raises(requests.ConnectionError):
            session.get(origin.url("/?bytes=1"), timeout=20)
