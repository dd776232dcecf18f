"""``proxy_overhead``: the quick run asserts no times, only what they are made of; the verdict follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def sized(size: int, proxied_ms: float, parts_ms: Mapping[str, float] | None = None, *, n: int = 1) -> Sized:
    """Return a size that gunicorn answers in 1.5 ms and the app itself in one."""
    parts = {"direct": 1.0, "adapter": 0.2, "base64": 0.1, "JSON": 0.1, **(parts_ms or {})}
    servers = {**{name: [1.5] * n for name in SERVERS}, PROXIED: [proxied_ms] * n}
    return Sized(size, servers, {name: [ms] * n for name, ms in parts.items()}, 1_900)


@pytest.mark.parametrize(
    ("proxied_ms", "holds", "words"),
    [
        pytest.param((3.4, 20.0, 90.0), False, "No", id="none adds so much"),
        pytest.param((501.2, 502.0, 503.0), True, "Yes", id="every size does"),
        pytest.param((3.4, 20.0, 10_001.0), None, "For some sizes", id="the largest does"),
        pytest.param((3.4, 502.0, 90.0), None, "For some sizes", id="one in the middle does"),
    ],
)
def test_the_verdict_turns_with_what_our_side_adds_to_any_size(
    proxied_ms: Sequence[float], holds: bool | None, words: str
) -> None:
    found = judge([sized(size, ms) for size, ms in zip((1_000, 100_000, 4_700_000), proxied_ms, strict=True)])
    assert found.holds is holds
    assert found.verdict.startswith(f"{words}: our adapter and the runtime client")
    assert f"add {proxied_ms[0] - 1:.1f} ms to a request of 1 KB" in found.verdict
    assert ("most of all 501 ms to one of 100 KB" in found.verdict) is (proxied_ms[1] == 502 and holds is None)
    assert "cannot be decided on this machine" in found.verdict


@pytest.mark.parametrize(
    ("parts_ms", "words"),
    [
        pytest.param(
            {},
            "the largest part of that, 96%, is transport, which is what the medians of the others leave; ",
            id="rest",
        ),
        pytest.param({"base64": 4.0, "JSON": 3.0}, "the largest part of that, 40%, is base64; ", id="base64"),
        pytest.param({"base64": 3.0, "JSON": 6.0}, "the largest part of that, 60%, is JSON; ", id="JSON"),
        pytest.param({"adapter": 9.5}, "the largest part of that, 95%, is adapter; ", id="adapter"),
    ],
)
def test_the_largest_part_is_named_with_its_share(parts_ms: dict[str, float], words: str) -> None:
    assert words in judge([sized(1_000, 3.4), sized(4_700_000, 11.0, parts_ms)]).verdict


def test_each_size_has_its_own_n() -> None:
    found = judge([sized(1_000, 3.4, n=100), sized(4_700_000, 90.0, n=30)])
    assert "where gunicorn takes 1.5 ms (n = 100), and 89 ms to one of 4.7 MB (n = 30); the largest" in found.verdict
    assert spread(found, "4.7 MB", "of it transport").n == 1
