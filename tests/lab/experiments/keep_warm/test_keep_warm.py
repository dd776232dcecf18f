"""``keep_warm``: the quick run counts cold requests; the verdict follows from who met them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from lab.costs import prices
from lab.costs.bill import LambdaSetup, on_lambda
from lab.costs.workload import Workload
from lab.experiments.keep_warm import judge
from lab.experiments.keep_warm.pinged_visits import NO_PING, PING_ONE, PING_TWO, PingResult, VisitSchedule
from lab.recorded_traffic import Recording, Sample
from tests.support.lab.figures import RunQuick, cases, median, spread


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
    pings = containers * 730 * 3600 / 150
    billed = spread(found, ping, "billed for a ping")
    least, most = (
        prices.invocations(round(pings), pings * prices.gb_seconds(memory_mb=1769, billed_ms=billed_ms))
        for billed_ms in (billed.least, billed.most)
    )
    assert 0.99 * least <= median(found, ping, "pings, a month") <= 1.01 * most
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


def passes(*differs: PingResult, others: PingResult) -> list[PingResult]:
    """Return five passes, of which the first differ from the others."""
    return [*differs, *[others] * (5 - len(differs))]


@pytest.mark.parametrize(
    ("no_ping", "ping_one", "holds"),
    [
        pytest.param(passes(others=pinged(10, 10)), passes(others=pinged(0, 0)), True, id="a ping ends all of them"),
        pytest.param(
            passes(others=pinged(10, 10)), passes(others=pinged(0, 9)), None, id="only those of single requests"
        ),
        pytest.param(
            passes(others=pinged(10, 10)),
            passes(pinged(1, 9), others=pinged(0, 9)),
            False,
            id="once a single request was cold all the same",
        ),
        pytest.param(
            passes(pinged(0, 0), others=pinged(10, 10)),
            passes(others=pinged(0, 0)),
            False,
            id="once there was nothing to end",
        ),
    ],
)
def test_the_verdict_turns_with_one_cold_request(
    no_ping: list[PingResult], ping_one: list[PingResult], holds: bool | None
) -> None:
    plan = VisitSchedule(idle_s=3.0, visits=16)
    found = judge(plan, {NO_PING: no_ping, PING_ONE: ping_one, PING_TWO: passes(others=pinged(0, 0))}, [3] * 5)
    assert found.holds is holds
    words = {True: "Yes", False: "No", None: "For one request at a time"}
    assert found.verdict.startswith(f"{words[holds]}: ")
    assert "kept 3 of the 3 containers asked for (n = 5); " in found.verdict
    assert {spread(found, name, "cold, of all requests").n for name in (NO_PING, PING_ONE, PING_TWO)} == {5}
    assert spread(found, "the app", "containers after {'warm': 3}").n == 5


def test_a_month_is_as_long_as_in_lab_cost() -> None:
    results = {name: passes(others=pinged(10, 10)) for name in (NO_PING, PING_ONE, PING_TWO)}
    found = judge(VisitSchedule(idle_s=3.0, visits=16), results, [3] * 5)
    bill = on_lambda(Workload(requests=0, memory=1769, provisioned=1), LambdaSetup())
    expected = bill.lines["provisioned, ready"]
    assert median(found, PING_ONE, "the same provisioned, a month") == pytest.approx(expected, rel=0.005)


def test_the_passes_have_other_gaps_but_the_same_visits() -> None:
    plan = VisitSchedule(idle_s=3.0, visits=16)
    due_times, sizes = zip(*(plan.due_times(seed) for seed in range(5)), strict=True)
    assert len({tuple(each) for each in due_times}) == 5
    assert len({tuple(each) for each in sizes}) == 1


def test_the_price_of_pings_is_that_of_all_of_them() -> None:
    """A few long ones make it dearer than the median is."""
    slow = msgspec.structs.replace(pinged(0, 0), pings_ms=[75.0, 75.0, 105.0])
    plan = VisitSchedule(idle_s=3.0, visits=16)
    results = {NO_PING: passes(others=pinged(10, 10)), PING_ONE: [slow] * 5, PING_TWO: passes(others=pinged(0, 0))}
    pings = 730 * 3600 / 150
    price = prices.invocations(round(pings), pings * prices.gb_seconds(memory_mb=1769, billed_ms=85.0))
    assert median(judge(plan, results, [3] * 5), PING_ONE, "pings, a month") == pytest.approx(price, rel=0.01)
