"""The quick run of ``proxy_overhead``; times are not asserted, only what they are made of."""

from __future__ import annotations

import pytest

from lab.experiments.support.findings import BarChart
from tests.support.lab.figures import RunQuick, median, spread

WAYS = ("direct WSGI call", "flask run", "gunicorn", "gateway and container")
PARTS = ("adapter", "base64", "JSON", "transport")


@pytest.mark.parametrize("size", ["1 KB", "1 MB"])
def test_every_way_answered_every_round(finding: RunQuick, size: str) -> None:
    assert {spread(finding("proxy_overhead"), size, way).n for way in WAYS} == {5}


@pytest.mark.parametrize("size", ["1 KB", "1 MB"])
def test_the_parts_make_up_the_whole(finding: RunQuick, size: str) -> None:
    found = finding("proxy_overhead")
    whole = median(found, size, "gateway and container")
    parts = [median(found, size, "direct WSGI call"), *(median(found, size, f"of it {part}") for part in PARTS)]
    # parts measured apart may come out larger than the whole; figures are kept to three digits
    assert sum(parts) >= 0.99 * whole


def test_binary_bodies_travel_as_base64(finding: RunQuick) -> None:
    """Sent as text they would be as long as they are, and no base64 would be among the parts."""
    found = finding("proxy_overhead")
    assert median(found, "1 MB", "event / body") == pytest.approx(4 / 3, rel=0.01)
    assert median(found, "1 MB", "of it base64") > median(found, "1 KB", "of it base64")


def test_the_picture_shows_the_same_parts(finding: RunQuick) -> None:
    bars = finding("proxy_overhead").charts[0]
    assert isinstance(bars, BarChart)
    assert set(bars.cases["1 MB"]) == {"app", *PARTS}
