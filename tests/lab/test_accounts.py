"""Concurrency, versions, prices and the timeline: arithmetic without processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.accounts.concurrency import Concurrency
from lab.accounts.function import Function
from lab.accounts.versions import Alias, Functions, ResourceConflict, ResourceNotFound
from lab.containers.report_line import InvocationReport
from lab.containers.timeline import ContainerState, Timeline
from lab.costs import prices
from lab.errors import Throttled
from lab.traits import Traits


def function(**given: object) -> Function:
    return Function(package=Path("/p"), python=Path("/py"), runtime_client=Path("/r"), name="f", **given)  # type: ignore[arg-type]


def test_places_come_back() -> None:
    account = Concurrency(1)
    with account.place("f"), pytest.raises(Throttled), account.place("f"):
        pass
    with account.place("f"):
        assert account.running == 1
    assert account.running == 0


def test_nobody_reserves_what_is_not_there() -> None:
    account = Concurrency(10)
    account.reserve("a", 6)
    with pytest.raises(ValueError, match="4 left"):
        account.reserve("b", 5)
    account.reserve("a", None)
    account.reserve("b", 5)
    assert account.unreserved == 5


def test_a_reservation_of_nothing_refuses_everything() -> None:
    account = Concurrency(10)
    account.reserve("a", 0)
    with pytest.raises(Throttled), account.place("a"):
        pass


def test_versions_are_frozen_copies() -> None:
    functions = Functions(function(code="one"))
    assert functions.publish("f").version == "1"
    functions.update("f", package=Path("/q"), code="two")
    assert functions.publish("f").version == "2"
    assert [functions.resolve("f", version).code for version in ("", "$LATEST", "1", "2")] == [
        "two",
        "two",
        "one",
        "two",
    ]


def test_unchanged_code_gives_the_same_version() -> None:
    functions = Functions(function())
    assert functions.publish("f").version == functions.publish("f").version == "1"


def test_an_alias_sends_its_share_elsewhere() -> None:
    draws = iter([0.05, 0.15])
    functions = Functions(function(code="one"), draw=lambda: next(draws))
    functions.publish("f")
    functions.update("f", package=Path("/q"), code="two")
    functions.publish("f")
    functions.put_alias("f", Alias(name="live", version="1", weights={"2": 0.1}), new=True)
    assert [functions.resolve("f", "live").version for _ in range(2)] == ["2", "1"]


def test_what_is_not_there_is_not_found() -> None:
    functions = Functions(function())
    for name, qualifier in (("g", ""), ("f", "3"), ("f", "live")):
        with pytest.raises(ResourceNotFound):
            functions.resolve(name, qualifier)
    with pytest.raises(ResourceNotFound):
        functions.put_alias("f", Alias(name="live", version="9"), new=True)
    with pytest.raises(ResourceConflict):
        functions.add(function())


def test_the_price_of_a_month_that_lambda_s_page_works_out() -> None:
    # 3 million requests of 120 ms at 1,536 MB, an example AWS gives, without its free tier
    used = 3_000_000 * prices.gb_seconds(memory_mb=1536, billed_ms=120)
    assert used == pytest.approx(540_000)
    assert prices.invocations(3_000_000, used) == pytest.approx(9.00 + 0.60, abs=0.01)


def test_a_timeline_counts_and_forgets() -> None:
    seconds = iter(range(100))
    timeline = Timeline(keep=2, clock=lambda: float(next(seconds)))
    timeline.enter("a", ContainerState.INIT)
    timeline.enter("a", ContainerState.SERVE)
    timeline.enter("b", ContainerState.INIT)
    assert timeline.states() == {ContainerState.SERVE: 1, ContainerState.INIT: 1}
    assert [(change.sequence, change.at) for change in timeline.since(0)] == [(2, 2.0), (3, 3.0)]
    timeline.enter("a", ContainerState.GONE)
    assert timeline.states() == {ContainerState.INIT: 1}


def test_totals_are_what_the_reports_say() -> None:
    timeline = Timeline()
    report = InvocationReport(request_id="r", duration_ms=900.0, memory_mb=1024, peak_bytes=0, init_ms=100.0)
    timeline.count(report, cold=True, error=False)
    assert (timeline.totals.invocations, timeline.totals.cold_starts, timeline.totals.errors) == (1, 1, 0)
    assert timeline.totals.gb_seconds == pytest.approx(1.0)
    assert timeline.totals.dollars == pytest.approx(0.0000166667 + 0.0000002)


def test_times_that_no_test_waits_for_are_aws_s() -> None:
    traits = Traits()
    assert (traits.init_timeout_s, traits.gateway_timeout_s) == (10.0, 29.0)
    assert traits.async_max_age_s == 6 * 3600
