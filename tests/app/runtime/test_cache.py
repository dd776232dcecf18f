from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runtime.cache import CacheStats, MemoryCache, TTLCache
from tests.conftest import FakeClock

A, B, C = ("image", "a"), ("image", "b"), ("other", "c")


def test_hits_and_misses_are_counted() -> None:
    cache = MemoryCache(100, entry_bytes=0)
    assert cache.get(A) is None
    cache.put(A, b"12345")
    assert cache.get(A) == b"12345"
    assert cache.stats() == CacheStats(entries=1, bytes=5, hits=1, misses=1)


def test_an_empty_body_is_a_hit() -> None:
    cache = MemoryCache(100, entry_bytes=0)
    cache.put(A, b"")
    assert cache.get(A) == b""


def test_the_least_recently_used_goes_first() -> None:
    cache = MemoryCache(10, entry_bytes=0)
    cache.put(A, b"12345")
    cache.put(B, b"12345")
    cache.get(A)
    cache.put(C, b"1")
    assert [cache.get(key) for key in (A, B, C)] == [b"12345", None, b"1"]


def test_putting_again_replaces_and_counts_once() -> None:
    cache = MemoryCache(10, entry_bytes=0)
    cache.put(A, b"12345678")
    cache.put(A, b"1234567890")
    assert (cache.get(A), cache.stats().bytes, cache.stats().entries) == (b"1234567890", 10, 1)


def test_a_result_larger_than_the_cache_is_not_kept_and_drops_nothing() -> None:
    cache = MemoryCache(10, entry_bytes=0)
    cache.put(A, b"12345")
    cache.put(B, b"12345678901")
    assert [cache.get(A), cache.get(B)] == [b"12345", None]


def test_a_result_that_grew_too_large_does_not_leave_the_old_one() -> None:
    cache = MemoryCache(10, entry_bytes=0)
    cache.put(A, b"12345")
    cache.put(A, b"12345678901")
    assert (cache.get(A), cache.stats().bytes) == (None, 0)


def test_no_memory_keeps_nothing() -> None:
    cache = MemoryCache(0, entry_bytes=0)
    cache.put(A, b"1")
    assert cache.get(A) is None


def test_forget_drops_every_result_of_one_image_only() -> None:
    cache = MemoryCache(100, entry_bytes=0)
    for key in (A, B, C):
        cache.put(key, b"123")
    cache.forget("image")
    assert [cache.get(key) for key in (A, B, C)] == [None, None, b"123"]
    assert cache.stats().bytes == 3


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.binary(max_size=12))), st.integers(0, 30))
def test_memory_is_never_more_than_allowed_and_never_wrong(puts: list[tuple[str, bytes]], limit: int) -> None:
    cache, latest = MemoryCache(limit, entry_bytes=0), {}
    for name, body in puts:
        cache.put((name, ""), body)
        latest[name] = body
        assert cache.stats().bytes <= limit
        assert cache.get((name, "")) == (body if len(body) <= limit else None)
    kept = {name: cache.get((name, "")) for name in latest}
    assert all(body in (None, latest[name]) for name, body in kept.items())
    assert cache.stats().bytes == sum(len(body or b"") for body in kept.values())


@pytest.mark.parametrize("size", [0, 70, 5000])
def test_the_memory_of_many_results_is_within_the_limit_however_small_they_are(size: int) -> None:
    """A result of one pixel has 70 bytes, and its key and its place in the cache take several times that."""
    limit = 1_000_000
    tracemalloc.start()
    try:
        cache = MemoryCache(limit)
        for number in range(5000):
            cache.put((f"{number:032x}", f"{number:064x}"), bytes(size))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.5 * limit < cache.stats().bytes <= limit
    assert held <= 1.1 * limit


def test_what_was_dropped_is_no_longer_counted() -> None:
    cache = MemoryCache(2000, entry_bytes=100)
    cache.put(A, bytes(50))
    cache.put(A, bytes(70))
    cache.put(B, b"")
    assert cache.stats().bytes == 270
    cache.forget("image")
    cache.forget("image")
    assert cache.stats() == CacheStats(entries=0, bytes=0, hits=0, misses=0)


def test_facts_age(clock: FakeClock) -> None:
    facts: TTLCache[str] = TTLCache(clock)
    facts.put("name", "value")
    clock.advance(30)
    assert facts.get("name", max_age_s=30) == "value"
    clock.advance(1)
    assert facts.get("name", max_age_s=30) is None
    assert facts.get("name", max_age_s=float("inf")) == "value"
    facts.put("name", "newer")
    assert facts.get("name", max_age_s=30) == "newer"


def test_a_fact_can_be_forgotten_and_be_unknown(clock: FakeClock) -> None:
    facts: TTLCache[bool] = TTLCache(clock)
    facts.put("name", True)
    facts.forget("name")
    facts.forget("never known")
    assert facts.get("name", max_age_s=30) is None


def test_a_clock_that_was_set_back_keeps_nothing_until_it_has_caught_up(clock: FakeClock) -> None:
    facts: TTLCache[str] = TTLCache(clock)
    facts.put("name", "value")
    clock.advance(-3600)
    assert facts.get("name", max_age_s=30) is None
    facts.put("name", "newer")
    assert facts.get("name", max_age_s=30) == "newer"


@pytest.mark.parametrize("start", [0.0, -5.0, 1e9])
def test_unknown_is_unknown_at_any_time_of_the_clock(start: float) -> None:
    """A clock may be set to any time: what was never stored must not look fresh."""
    assert TTLCache[bool](FakeClock(start)).get("name", max_age_s=30) is None


def test_only_the_newest_entries_are_kept(clock: FakeClock) -> None:
    facts: TTLCache[int] = TTLCache(clock, entries=2)
    for number, name in enumerate(["a", "b", "a", "c"]):
        facts.put(name, number)
    assert [facts.get(name, max_age_s=1) for name in "abc"] == [2, None, 3]
