"""The quick run of ``failures``: runs are counted in the logs."""

from __future__ import annotations

import pytest

from tests.support.lab.figures import RunQuick, cases, median

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


def test_no_failed_event_is_lost(finding: RunQuick) -> None:
    found = finding("failures")
    assert median(found, "all", "asynchronous failures lost") == 0
    kept = {kind: median(found, kind, "records at the failure destination") for kind in cases(found, "FunctionError")}
    assert kept.pop("view raises") == 0
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
