"""``failures``: the quick run counts runs in the logs; the verdict follows from what became of each failure."""

from __future__ import annotations

import pytest

from lab.experiments.failures import judge
from lab.experiments.failures.failure_trials import INIT, NO_DESTINATION, FailureResult
from lab.experiments.support.findings import BarChart
from lab.experiments.support.http_client import ClientResponse
from tests.support.lab.figures import RunQuick, cases, median, spread

DEADLY = ("crash", "out of memory", "timeout", "hanging handler")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("view raises", 500),
        ("handler raises", 502),
        ("crash", 502),
        ("out of memory", 502),
        ("timeout", 502),
        ("hanging handler", 504),
        ("init error", 502),
    ],
)
def test_each_failure_has_its_status_at_the_gateway(finding: RunQuick, kind: str, status: int) -> None:
    assert median(finding("failures"), kind, "status at the gateway") == status


def test_a_request_runs_once_and_a_failed_event_three_times(finding: RunQuick) -> None:
    found = finding("failures")
    assert {median(found, kind, "runs of a request") for kind in cases(found, "runs of a request")} == {1}
    queued = {kind: median(found, kind, "runs of an asynchronous event") for kind in cases(found, "FunctionError")}
    assert queued.pop("view raises") == 1, "an answer of 500 is a success to Lambda"
    assert set(queued.values()) == {3}


def test_no_failed_event_is_lost_but_without_a_destination(finding: RunQuick) -> None:
    found = finding("failures")
    assert median(found, "all", "lost with a destination") == 0
    kept = {kind: median(found, kind, "records at the failure destination") for kind in cases(found, "FunctionError")}
    assert kept.pop("view raises") == kept.pop(NO_DESTINATION) == 0
    assert set(kept.values()) == {1}


def test_other_routes_succeed_after_every_failure_but_one_of_loading(finding: RunQuick) -> None:
    found = finding("failures")
    after = {kind: median(found, kind, "status of the next request") for kind in cases(found, "runs of a request")}
    assert after.pop("init error") == 502
    assert set(after.values()) == {200}
    assert found.holds is False


@pytest.mark.parametrize("kind", DEADLY)
def test_only_the_first_line_names_the_route_of_a_request_that_died(finding: RunQuick, kind: str) -> None:
    found = finding("failures")
    assert median(found, kind, "log names the route, level info") == 0
    assert median(found, kind, "log names the route, level debug") == 1


def result(
    *, next_status: int = 200, records: int = 1, runs: int = 1, routes: tuple[str, str] = ("", "/lab/x")
) -> FailureResult:
    answer = ClientResponse(502, {}, b'{"message": "Internal server error"}')
    return FailureResult(
        response=answer, next_status=next_status, runs=runs, routes=routes, async_runs=3, records=records
    )


FINE = [result()] * 5
OTHERS = {INIT: [result(next_status=502)] * 5, NO_DESTINATION: [result(records=0)] * 5}


@pytest.mark.parametrize(
    ("crash", "holds"),
    [
        pytest.param(FINE, False, id="the next request succeeds and the event is kept"),
        pytest.param([*FINE[1:], result(next_status=502)], True, id="once the next request fails"),
        pytest.param([*FINE[1:], result(records=0)], True, id="once the event is lost"),
    ],
)
def test_the_verdict_turns_with_one_failure(crash: list[FailureResult], holds: bool) -> None:
    found = judge({"crash": crash, **OTHERS})
    assert found.holds is holds
    assert found.verdict.startswith("Yes: " if holds else "No: ")
    lost = sum(1 - each.records for each in crash)
    assert f"with a failure destination {lost} of 10 events were lost, without one 5 of 5; " in found.verdict
    recovered = 1 if all(each.next_status == 200 for each in crash) else 0
    assert f"after {recovered} of 2 kinds of failure the next request always succeeded (n = 5 for" in found.verdict
    assert spread(found, "crash", "status of the next request").n == 5
    assert spread(found, "all", "lost with a destination").most == lost


@pytest.mark.parametrize(
    ("crash", "init", "words"),
    [
        pytest.param(200, 502, "), but not after init error, as nothing of that function can be loaded; ", id="init"),
        pytest.param(502, 502, "), but not after timeout, crash and init error; ", id="three"),
        pytest.param(200, 200, " for each kind); a failed request", id="none"),
    ],
)
def test_the_kinds_that_did_not_recover_are_named(crash: int, init: int, words: str) -> None:
    others = {**OTHERS, INIT: [result(next_status=init)] * 5}
    failed = [*FINE[1:], result(next_status=crash)]
    assert words in judge({"timeout": failed, "crash": failed, **others}).verdict


def test_the_same_failure_without_a_destination_is_no_other_kind() -> None:
    """Its next request and its route are those of the handler that raises."""
    routes = ("/lab/raise", "/lab/raise")
    others = {**OTHERS, NO_DESTINATION: [result(records=0, next_status=502, runs=2, routes=("", ""))] * 5}
    found = judge({"handler raises": [result(routes=routes)] * 5, **others})
    assert found.holds is False
    assert "after 1 of 2 kinds" in found.verdict
    assert "a failed request ran once, " in found.verdict
    assert "the route of 1 of 1 kinds at level debug, and of 1 at info." in found.verdict
    assert NO_DESTINATION not in found.method
    assert isinstance(found.charts[0], BarChart)
    assert NO_DESTINATION not in found.charts[0].cases


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        pytest.param(("", "/lab/x"), "of 2 of 2 kinds at level debug, and of 1 at info, not of crash.", id="debug"),
        pytest.param(("/lab/x", "/lab/x"), "of 2 of 2 kinds at level debug, and of 2 at info.", id="both"),
        pytest.param(("", ""), "of 1 of 2 kinds at level debug, and of 1 at info, not of crash.", id="neither"),
    ],
)
def test_the_kinds_that_the_log_does_not_name_are_named(routes: tuple[str, str], words: str) -> None:
    crash = [*([result(routes=("/lab/x", "/lab/x"))] * 4), result(routes=routes)]
    raises = [result(routes=("/lab/y", "/lab/y"))] * 5
    assert judge({"handler raises": raises, "crash": crash, **OTHERS}).verdict.endswith(words)
