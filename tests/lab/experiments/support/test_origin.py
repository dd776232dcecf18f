"""The origin that the pooling experiment counts connections at."""

from __future__ import annotations

import pytest
import requests

from lab.experiments.support.origin import OriginProcess
from tests.support.waiting import wait_until


def test_the_origin_accepts_no_more_than_its_limit() -> None:
    with OriginProcess(limit=1) as origin, requests.Session() as first, requests.Session() as second:
        assert len(first.get(origin.url("/?bytes=5"), timeout=20).content) == 5
        with pytest.raises(requests.ConnectionError):
            second.get(origin.url(), timeout=20)
        counts = origin.counts()
        assert (counts.opened, counts.refused, counts.requests, counts.open) == (1, 1, 1, 1)


def test_the_origin_closes_what_is_idle() -> None:
    with OriginProcess() as origin, requests.Session() as session:
        session.get(origin.url("/?bytes=1"), timeout=20)
        origin.close_idle()
        wait_until(lambda: origin.counts().open == 0)


def test_a_dropped_connection_fails_when_it_is_used() -> None:
    with OriginProcess() as origin, requests.Session() as session:
        session.get(origin.url("/?bytes=1"), timeout=20)
        origin.drop_idle()
        assert origin.counts().open == 1
        with pytest.raises(requests.ConnectionError):
            session.get(origin.url("/?bytes=1"), timeout=20)
