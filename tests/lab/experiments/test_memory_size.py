"""The quick run of ``memory_size``: the CPU is held to its share, and the price follows from memory and time."""

from __future__ import annotations

import sys

import pytest

from lab.costs import prices
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_a_small_setting_gets_its_share_of_the_cpu(finding: RunQuick) -> None:
    found = finding("memory_size")
    assert median(found, "1769 MB", "times stopped") == 0
    assert median(found, "256 MB", "times stopped") > 0
    assert median(found, "256 MB", "CPU / time") < 2 * 256 / 1769


def test_every_resize_is_answered(finding: RunQuick) -> None:
    for case in ("256 MB", "1769 MB"):
        assert median(finding("memory_size"), case, "not answered") == 0
        assert spread(finding("memory_size"), case, "duration").n == 4


@pytest.mark.parametrize("memory_mb", [256, 1769])
def test_the_price_is_memory_times_time_and_the_request(finding: RunQuick, memory_mb: int) -> None:
    found = finding("memory_size")
    duration = spread(found, f"{memory_mb} MB", "duration, computed")
    dollars = median(found, f"{memory_mb} MB", "a million requests")
    low, high = (
        prices.invocations(1_000_000, 1e6 * prices.gb_seconds(memory_mb=memory_mb, billed_ms=billed))
        for billed in (duration.least, duration.most + 1)
    )
    assert low <= dollars <= high


def test_half_the_memory_is_twice_the_time_for_the_same_price(finding: RunQuick) -> None:
    found = finding("memory_size")
    small, full = (spread(found, case, "duration, computed") for case in ("256 MB", "1769 MB"))
    assert small.median == pytest.approx(full.median * 1769 / 256, rel=0.01)
    prices_of = [median(found, case, "a million requests") for case in ("256 MB", "1769 MB")]
    assert prices_of[0] == pytest.approx(prices_of[1], rel=0.1)
    assert found.holds is False


def test_the_verdict_names_a_cheapest_and_a_fastest(finding: RunQuick) -> None:
    assert "cheapest is" in finding("memory_size").verdict
    assert "fastest" in finding("memory_size").verdict
