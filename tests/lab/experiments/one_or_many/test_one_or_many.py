"""``one_or_many``: the quick run counts containers and measures zips; the verdict follows from every burst."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lab.account.function import Function
from lab.containers.outcomes import Outcome
from lab.containers.report_line import InvocationReport
from lab.experiments.one_or_many import judge
from lab.experiments.support.findings import Span
from lab.experiments.support.layouts import MANY, ONE, Layout, TrafficPlan, TrafficRun
from lab.experiments.support.route_packages import PackagedFunction
from lab.recorded_traffic import Recording, Sample
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.parametrize("layout", [ONE, MANY])
def test_a_burst_starts_a_container_for_each_request(finding: RunQuick, layout: str) -> None:
    """With ``new_container_when_busy`` off they would be fewer."""
    found = finding("one_or_many")
    assert median(found, layout, "burst: containers") == median(found, layout, "burst: requests") == 4


def test_both_layouts_get_the_same_traffic(finding: RunQuick) -> None:
    found = finding("one_or_many")
    requests = [spread(found, layout, "sparse: requests") for layout in (ONE, MANY)]
    assert requests[0] == requests[1]
    assert requests[0].n == 5


def test_containers_of_one_function_serve_every_route(finding: RunQuick) -> None:
    """One function per route needs at least as many containers as there are routes."""
    found = finding("one_or_many")
    assert median(found, MANY, "functions") == 3
    assert median(found, MANY, "sparse, all parts: containers started") >= 3


def test_the_zip_of_a_route_is_smaller_than_the_monolith(finding: RunQuick) -> None:
    found = finding("one_or_many")
    assert spread(found, MANY, "zip").most < median(found, ONE, "zip")


def test_the_recording_names_functions(recorded: Callable[[str], Recording]) -> None:
    samples = recorded("one_or_many").samples
    assert len({sample.function for sample in samples}) == 3
    assert all(sample.container and sample.status == 200 for sample in samples)


def outcome(container: str) -> Outcome:
    report = InvocationReport(request_id="", duration_ms=5.0, memory_mb=1769, peak_bytes=40_000_000)
    return Outcome(
        request_id="",
        payload=b"",
        error_type="",
        report=report,
        version="",
        container=container,
        cold=False,
        log_tail=b"",
    )


def traffic(started: int, *, cold: int, count: int = 40) -> TrafficRun:
    samples = [
        Sample(due=at, began=at, ended=at + 0.1, container=f"c{at % started}", cold=at < cold) for at in range(count)
    ]
    return TrafficRun(samples=samples, outcomes=[outcome(f"c{at % started}") for at in range(count)], rows=ROWS)


ROWS = {"a": (Span(0.0, 1.0, "init"),)}


def layout(*started: int, cold: int = 4) -> Layout:
    """Return a layout whose bursts of 40 started so many containers, and whose sparse traffic had ``cold`` starts."""
    nowhere = Path("/nowhere")
    function = Function(package=nowhere, python=nowhere, runtime_client=nowhere)
    package = PackagedFunction(function=function, zip_bytes=7_000_000)
    return Layout(
        packages={"f": package},
        inits_ms={"f": [150.0]},
        bursts=[traffic(count, cold=40) for count in started],
        sparse=traffic(4, cold=cold),
    )


PLAN = TrafficPlan(kinds=("GET resize",), burst=40, rate=3.0, seconds=40.0, idle_s=3.0, rounds=1, bursts=3)


@pytest.mark.parametrize(
    ("one", "many", "holds"),
    [((40, 40, 40), (40, 40, 40), True), ((40, 39, 40), (40, 40, 40), False), ((40,), (1,), False)],
)
def test_the_verdict_turns_with_one_burst(one: Sequence[int], many: Sequence[int], holds: bool) -> None:
    found = judge(PLAN, {ONE: layout(*one), MANY: layout(*many)}, {ONE: [0.03, 0.05], MANY: [30.0, 31.0]})
    assert found.holds is holds
    assert found.verdict.startswith("Yes in a burst: " if holds else "No: ")


def test_the_simulation_at_true_scale_comes_before_the_lab_s_own_share() -> None:
    found = judge(PLAN, {ONE: layout(40), MANY: layout(40, cold=20)}, {ONE: [0.02, 0.03, 0.8], MANY: [30.0]})
    assert "0.03 % (0.02 to 0.8) of the requests were cold with one function" in found.verdict
    assert spread(found, ONE, "sparse, simulated at true scale: cold requests").n == 3


def test_the_lab_s_own_share_is_that_of_all_parts() -> None:
    """In the median of the parts, 4 and 20 cold requests of 40 would be 0 and 50 %."""
    found = judge(PLAN, {ONE: layout(40), MANY: layout(40, cold=20)}, {ONE: [0.03], MANY: [30.0]})
    assert "4 of 40 (10 %) were cold and 20 of 40 (50 %), and a million such requests cost " in found.verdict
    prices = [median(found, name, "sparse, all parts: a million such requests") for name in (ONE, MANY)]
    assert f"cost {prices[0]:g} $ against {prices[1]:g} (n = 1 run); " in found.verdict
    assert median(found, ONE, "sparse, all parts: cold requests") == 10
    assert median(found, ONE, "sparse: cold requests") == 0


def test_a_verdict_of_no_quotes_the_burst_that_differs() -> None:
    found = judge(PLAN, {ONE: layout(40, 39, 40), MANY: layout(40, 40, 40)}, {ONE: [0.03], MANY: [30.0]})
    assert "started 40 (39 to 40) containers of one function and 40 of 1 functions (n = 3); " in found.verdict


@pytest.mark.parametrize(
    ("at_true_scale", "words"),
    [
        pytest.param(0.03, "in the lab, whose cold starts are too long for its shortened time, 4 of 40", id="fewer"),
        pytest.param(12.0, "in the lab itself 4 of 40 (10 %) were cold", id="more"),
    ],
)
def test_the_time_scale_is_blamed_only_for_more_cold_starts(at_true_scale: float, words: str) -> None:
    assert words in judge(PLAN, {ONE: layout(40), MANY: layout(40)}, {ONE: [at_true_scale], MANY: [30.0]}).verdict
