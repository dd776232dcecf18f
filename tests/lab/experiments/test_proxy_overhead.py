"""``proxy_overhead``: the quick run asserts no times, only what they are made of; the verdict follows from them."""

from __future__ import annotations

import pytest

from lab.experiments.proxy_overhead import PROXIED, SERVERS, Sized, judge
from lab.experiments.support.findings import BarChart
from tests.support.lab.figures import RunQuick, median, spread

WAYS = ("direct WSGI call", "flask run", "gunicorn", "gateway and container")
PARTS = ("adapter", "base64", "JSON", "transport")


@pytest.mark.parametrize("size", ["1 KB", "1 MB"])
def test_every_server_responds_in_every_round(finding: RunQuick, size: str) -> None:
    assert {spread(finding("proxy_overhead"), size, way).n for way in WAYS} == {5}


@pytest.mark.parametrize("size", ["1 KB", "1 MB"])
def test_the_parts_add_up_to_the_whole(finding: RunQuick, size: str) -> None:
    found = finding("proxy_overhead")
    whole = median(found, size, "gateway and container")
    parts = [median(found, size, "direct WSGI call"), *(median(found, size, f"of it {part}") for part in PARTS)]
    # the parts are measured separately and may exceed the whole; figures have three digits
    assert sum(parts) >= 0.99 * whole


def test_binary_bodies_travel_as_base64(finding: RunQuick) -> None:
    """As text they would not grow, and would spend no time on base64."""
    found = finding("proxy_overhead")
    assert median(found, "1 MB", "event / body") == pytest.approx(4 / 3, rel=0.01)
    assert median(found, "1 MB", "of it base64") > median(found, "1 KB", "of it base64")


def test_the_chart_shows_the_same_parts(finding: RunQuick) -> None:
    bars = finding("proxy_overhead").charts[0]
    assert isinstance(bars, BarChart)
    assert set(bars.cases["1 MB"]) == {"app", *PARTS}


@pytest.mark.parametrize(("proxied_ms", "holds"), [(3.4, False), (501.2, True)])
def test_the_verdict_turns_with_what_our_side_adds(proxied_ms: float, holds: bool) -> None:
    parts = {"direct": [1.0], "adapter": [0.2], "base64": [0.1], "JSON": [0.1]}
    found = judge([Sized(1_000, {**{name: [1.5] for name in SERVERS}, PROXIED: [proxied_ms]}, parts, 1_900)])
    assert found.holds is holds
    assert found.verdict.startswith(f"{'Yes' if holds else 'No'}: our adapter and the runtime client")
    assert f"add {proxied_ms - 1:.1f} ms" in found.verdict
    assert "cannot be decided on this machine" in found.verdict
