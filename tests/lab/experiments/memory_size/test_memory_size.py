"""``memory_size``: the quick run holds the CPU to its share; the verdict follows from what was billed."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import pytest

from lab.costs import prices
from lab.experiments.memory_size import judge
from lab.experiments.memory_size.memory_trials import COLD_SHARE, ContainerLife, MemoryTrial, TimedResize
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.skipif(sys.platform != "linux", reason="no other kernel tells a process's CPU clock")
def test_a_small_setting_gets_its_share_of_the_cpu(finding: RunQuick) -> None:
    found = finding("memory_size")
    assert median(found, "1769 MB", "times stopped") == 0
    assert median(found, "256 MB", "times stopped") > 0
    # a busy machine gives less
    assert median(found, "256 MB", "CPU / time, over the share") < 1.2


def test_every_resize_is_answered_and_every_container_prices_the_mix(finding: RunQuick) -> None:
    for case in ("256 MB", "1769 MB"):
        assert median(finding("memory_size"), case, "not answered") == 0
        assert spread(finding("memory_size"), case, "billed, warm").n == 2 * 4
        assert spread(finding("memory_size"), case, "a million requests, as billed here").n == 2
        assert spread(finding("memory_size"), case, "INIT").least > 0


def test_half_the_memory_is_twice_the_time_for_the_same_price_by_arithmetic(finding: RunQuick) -> None:
    found = finding("memory_size")
    small, full = (spread(found, case, "duration, computed") for case in ("256 MB", "1769 MB"))
    assert small.median == pytest.approx(full.median * 1769 / 256, rel=0.01)
    computed = [median(found, case, "a million requests, computed") for case in ("256 MB", "1769 MB")]
    assert computed[0] == pytest.approx(computed[1], rel=0.1)


def trial(
    memory_mb: int, billed_ms: Sequence[float], *, cold_ms: float = 400.0, failed: int = 0, got: float = 1.0
) -> MemoryTrial:
    """Return a setting with one container for each billed time, which failed so often.

    The resize takes 39 ms of CPU at any setting, and gets so many times its share.
    """
    wall_ms = 39.0 / min(1.0, memory_mb / 1769) / got
    lives = [ContainerLife(300.0, cold_ms, [TimedResize(0, 39.0, wall_ms, each, 0.0)], failed) for each in billed_ms]
    return MemoryTrial(memory_mb, lives)


@pytest.mark.parametrize(
    ("small_ms", "holds", "words"),
    [
        pytest.param((200, 210, 220), True, "Yes", id="cheaper in every container"),
        pytest.param((400, 410, 420), False, "No", id="dearer in every container"),
        pytest.param((200, 276, 420), None, "It cannot be told", id="the spreads overlap"),
    ],
)
def test_the_verdict_turns_with_what_is_billed(small_ms: Sequence[float], holds: bool | None, words: str) -> None:
    found = judge([trial(256, small_ms), trial(1769, (39, 40, 41))])
    assert found.holds is holds
    assert found.verdict.startswith(f"{words}: ")
    assert "the price varies by 0%" in found.verdict, "arithmetic does not see what was billed"


@pytest.mark.parametrize(
    ("middle_ms", "holds", "words"),
    [
        pytest.param((20, 21, 22), False, "No", id="cheaper than the smallest in every container"),
        pytest.param((200, 210, 220), True, "Yes", id="dearer than the smallest in every container"),
        pytest.param((90, 110, 130), None, "It cannot be told", id="overlaps with the smallest"),
    ],
)
def test_the_smallest_setting_is_compared_with_every_other(
    middle_ms: Sequence[float], holds: bool | None, words: str
) -> None:
    """The smallest is cheaper than the whole vCPU here, so that only the setting between them can turn the verdict."""
    found = judge([trial(256, (200, 210, 220)), trial(512, middle_ms), trial(1769, (39, 40, 41))])
    assert found.holds is holds
    assert found.verdict.startswith(f"{words}: ")


@pytest.mark.parametrize(
    ("middle_ms", "full_ms", "words"),
    [
        pytest.param((200, 210, 220), (39, 40, 41), "at 1769 MB; arithmetic", id="apart"),
        pytest.param(
            (136, 140, 150), (39, 40, 46), "at 512 MB, but spreads overlap, and 1769 MB may be as cheap; ", id="overlap"
        ),
    ],
)
def test_the_cheapest_is_named_with_those_whose_spread_overlaps(
    middle_ms: Sequence[float], full_ms: Sequence[float], words: str
) -> None:
    found = judge([trial(256, (400, 410, 420)), trial(512, middle_ms), trial(1769, full_ms)])
    assert words in found.verdict
    assert "one vCPU (n = 3), with" in found.verdict


def test_init_is_a_part_of_the_price() -> None:
    found = judge([trial(1769, [40.0], cold_ms=1040.0)])
    billed = 40 + COLD_SHARE * 1000
    expected = prices.invocations(1_000_000, 1e6 * prices.gb_seconds(memory_mb=1769, billed_ms=billed))
    assert median(found, "1769 MB", "a million requests, as billed here") == pytest.approx(expected, rel=0.005)


def test_a_setting_that_fails_has_no_price_and_is_named() -> None:
    found = judge([trial(128, (900, 910, 920), failed=1), trial(256, [300.0]), trial(1769, [40.0])])
    assert spread(found, "128 MB", "not answered").n == 3
    assert "128 MB cannot do all of it" in found.verdict
    assert "at 256 MB" in found.verdict


@pytest.mark.parametrize("got", [0.7, 0.89])
def test_a_busy_machine_gives_no_verdict(got: float) -> None:
    found = judge([trial(256, (400, 410)), trial(1769, (39, 40), got=got)])
    assert found.holds is None
    assert found.verdict.startswith("This machine was too busy to tell: ")


@pytest.mark.parametrize("got", [0.85, 1.15, 1.4])
def test_a_setting_that_did_not_get_its_share_is_not_compared(got: float) -> None:
    """At its share 512 MB would be the cheapest in every container."""
    settings = [trial(256, (400, 410)), trial(1769, (80, 81))]
    assert judge([settings[0], trial(512, (20, 21), got=1.09), settings[1]]).holds is False
    found = judge([settings[0], trial(512, (20, 21), got=got), settings[1]])
    assert found.holds is None
    assert found.verdict.startswith("It cannot be told: ")
    not_compared = "settings that got another share of the CPU than their own are not compared: "
    assert f"{not_compared}512 MB with {got:.2f} times theirs; " in found.verdict
    assert "at 512 MB" not in found.verdict


def test_without_its_share_the_smallest_is_no_cheaper() -> None:
    found = judge([trial(256, (200, 210), got=1.2), trial(1769, (39, 40))])
    assert found.holds is None
    assert "cost 1.06 $" in found.verdict
    assert re.search(r"the lowest median is [^;]* at 1769 MB; settings that got another share", found.verdict)


def test_another_that_is_cheaper_decides_without_those_that_cannot_be_compared() -> None:
    assert judge([trial(256, (400, 410)), trial(512, (20, 21), got=2.0), trial(1769, (39, 40))]).holds is False


@pytest.mark.parametrize("billed_ms", [(300.2, 300.2), (370.5, 399.6)])
def test_prices_are_rounded_in_one_way(billed_ms: Sequence[float]) -> None:
    """300.2 ms cost 1.45499 $: 1.455 in four digits, and 1.45 or 1.46 in three of those."""
    found = judge([trial(256, billed_ms), trial(1769, (39, 40))])
    price = spread(found, "256 MB", "a million requests, as billed here")
    assert f"cost {price.median:.2f} $ ({price.least:.2f} to {price.most:.2f}) at 256 MB" in found.verdict


def test_what_the_throttle_costs_itself_is_in_the_method() -> None:
    slow, full = trial(256, (400, 410)), trial(1769, (39, 40))
    assert "took 1.00 times as much CPU at 256 MB as on a whole vCPU. INIT" in judge([slow, full]).method
    lives = [ContainerLife(300.0, 400.0, [TimedResize(0, 46.8, 46.8 / 256 * 1769, 400, 5.0)])]
    method = judge([MemoryTrial(256, lives), full]).method
    assert "took 1.20 times as much CPU at 256 MB as on a whole vCPU, since after a pause the caches are cold" in method
