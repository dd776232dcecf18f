"""``keep_warm``: the quick run counts cold requests; the verdict follows from who met them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.costs import prices
from lab.experiments.keep_warm import NO_PING, PING_ONE, PING_TWO, PingResult, VisitSchedule, judge
from lab.experiments.support.findings import figure
from lab.recording import Recording, Sample
from tests.support.lab.figures import RunQuick, cases, median


def test_visits_far_apart_are_cold_without_a_ping(finding: RunQuick) -> None:
    """If idle containers did not end, all but the first would be warm."""
    found = finding("keep_warm")
    assert median(found, NO_PING, "cold, of visits by one") == 100
    assert median(found, NO_PING, "cold, of all requests") > median(found, PING_ONE, "cold, of all requests")


def test_one_ping_keeps_one_container(finding: RunQuick) -> None:
    found = finding("keep_warm")
    second = "cold, of the second of two at once"
    assert median(found, PING_ONE, second) > 0, "a burst of two still meets a cold one"
    assert median(found, PING_TWO, second) < median(found, PING_ONE, second)


def test_the_app_s_own_ping_keeps_as_many_containers_as_requested(finding: RunQuick) -> None:
    assert median(finding("keep_warm"), "the app", "containers after {'warm': 3}") == 3


@pytest.mark.parametrize(("ping", "containers"), [(PING_ONE, 1), (PING_TWO, 2)])
def test_the_price_is_that_of_a_month_of_pings(finding: RunQuick, ping: str, containers: int) -> None:
    found = finding("keep_warm")
    assert ping in cases(found, "pings, a month")
    pings = containers * 30 * 24 * 3600 / 150
    used = pings * prices.gb_seconds(memory_mb=1769, billed_ms=median(found, ping, "billed for a ping"))
    price = figure(ping, "pings, a month", [prices.invocations(round(pings), used)])
    assert median(found, ping, "pings, a month") == price.spread.median
    assert median(found, ping, "billed for a ping") >= 75 + 50 * (containers - 1)


def test_the_recording_starts_without_containers(recorded: Callable[[str], Recording]) -> None:
    recording = recorded("keep_warm")
    assert recording.name == "keep_warm"
    assert recording.samples[0].cold
    assert recording.idle_s < 300


def pinged(single: int, second: int) -> PingResult:
    """Return ten visits by one and ten by two, of which so many singles and seconds of two were cold."""
    warm, cold = (Sample(due=0.0, began=0.0, ended=0.1, cold=state) for state in (False, True))
    return PingResult(
        single=[cold] * single + [warm] * (10 - single),
        pairs=[[warm, cold]] * second + [[warm, warm]] * (10 - second),
        pings_ms=[75.0],
    )


@pytest.mark.parametrize(
    ("no_ping", "ping_one", "holds"),
    [
        pytest.param(pinged(10, 10), pinged(0, 0), True, id="a ping ends all cold starts"),
        pytest.param(pinged(10, 10), pinged(0, 9), None, id="only those of single requests"),
        pytest.param(pinged(10, 10), pinged(1, 9), False, id="a single request was cold all the same"),
        pytest.param(pinged(0, 0), pinged(0, 0), False, id="there was nothing to end"),
    ],
)
def test_the_verdict_turns_with_one_cold_request(no_ping: PingResult, ping_one: PingResult, holds: bool | None) -> None:
    plan = VisitSchedule(idle_s=3.0, visits=16)
    found = judge(plan, {NO_PING: no_ping, PING_ONE: ping_one, PING_TWO: pinged(0, 0)}, 3)
    assert found.holds is holds
    assert found.verdict.startswith("No: " if holds is False else "For one request at a time: ")
