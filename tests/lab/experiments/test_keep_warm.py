"""The quick run of ``keep_warm``: cold requests are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.costs import prices
from lab.experiments.keep_warm import NO_PING, PING_ONE, PING_TWO
from lab.experiments.support.findings import Finding
from tests.lab.experiments.cells import cases, median

Run = Callable[[str], Finding]


def test_visits_far_apart_are_cold_without_a_ping(finding: Run) -> None:
    """All but the first are warm when idle containers stay."""
    found = finding("keep_warm")
    assert median(found, NO_PING, "cold, of visits by one") == 100
    assert median(found, NO_PING, "cold, of all requests") > median(found, PING_ONE, "cold, of all requests")


def test_one_ping_keeps_one_container(finding: Run) -> None:
    found = finding("keep_warm")
    second = "cold, of the second of two at once"
    assert median(found, PING_ONE, second) > 0, "a burst of two still meets a cold one"
    assert median(found, PING_TWO, second) < median(found, PING_ONE, second)


def test_the_app_s_own_ping_reaches_as_many_as_asked(finding: Run) -> None:
    assert median(finding("keep_warm"), "the app", "containers after {'warm': 3}") == 3


@pytest.mark.parametrize(("ping", "containers"), [(PING_ONE, 1), (PING_TWO, 2)])
def test_the_price_is_that_of_a_month_of_pings(finding: Run, ping: str, containers: int) -> None:
    found = finding("keep_warm")
    assert ping in cases(found, "pings, a month")
    pings = containers * 30 * 24 * 3600 / 150
    used = pings * prices.gb_seconds(memory_mb=1769, billed_ms=median(found, ping, "billed for a ping"))
    assert median(found, ping, "pings, a month") == pytest.approx(prices.invocations(round(pings), used), abs=1e-4)
    assert median(found, ping, "billed for a ping") >= 75


def test_the_record_starts_without_containers(finding: Run) -> None:
    found = finding("keep_warm")
    assert found.samples[0].cold
    assert found.idle_s < 300
