from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.runtime.telemetry import RouteStats


def add(stats: RouteStats, *milliseconds: float, route: str = "GET /") -> None:
    for duration in milliseconds:
        stats.add(route, duration / 1000, error=False, source_error=False)


@pytest.mark.parametrize(
    ("samples", "p50", "p95"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([3, 1, 2], 2, 3),
        (range(1, 21), 10, 19),
        (range(1, 101), 50, 95),
        ([5] * 99 + [1000], 5, 5),
    ],
)
def test_percentiles_are_nearest_rank(samples: Any, p50: float, p95: float) -> None:
    stats = RouteStats()
    add(stats, *samples)
    found = stats.figures()["GET /"]
    assert (found.p50_ms, found.p95_ms, found.count) == (p50, p95, len(samples))


def test_only_the_latest_requests_make_the_percentiles() -> None:
    stats = RouteStats()
    add(stats, *[1000] * 600, *[1] * 512)
    found = stats.figures()["GET /"]
    assert (found.count, found.p95_ms) == (1112, 1)


def test_errors_and_source_errors_are_counted_separately() -> None:
    stats = RouteStats()
    for error, source_error in [(True, False), (False, True), (False, True), (False, False)]:
        stats.add("GET /resize", 0.001, error=error, source_error=source_error)
    add(stats, 1)
    found = stats.figures()
    assert list(found) == ["GET /", "GET /resize"]
    assert (found["GET /resize"].count, found["GET /resize"].errors, found["GET /resize"].source_errors) == (4, 1, 2)
    assert (found["GET /"].errors, found["GET /"].source_errors) == (0, 0)


def test_unknown_routes_do_not_fill_the_memory() -> None:
    stats = RouteStats()
    for n in range(5000):
        add(stats, 1, route=f"WORD{n} /resize")
    figures = stats.figures()
    assert len(figures) < 200
    assert sum(route.count for route in figures.values()) == 5000


def test_threads_lose_no_count() -> None:
    stats = RouteStats()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(stats, *range(500)), range(8)))
    assert stats.figures()["GET /"].count == 4000
