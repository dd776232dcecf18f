"""``after_response``: in the quick run a frozen thread waits for the next request; the verdict follows from delays."""

from __future__ import annotations

import pytest

from lab.experiments.after_response import SELF, SERVER, THREAD, AbandonedWork, DeferredJobs, judge
from lab.experiments.support.findings import Span
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.parametrize("gap", [0.3, 0.7])
def test_a_thread_waits_for_the_next_request(finding: RunQuick, gap: float) -> None:
    """With ``freeze`` off it is done long before."""
    measure = f"done after the response, next request after {gap:g} s"
    assert spread(finding("after_response"), THREAD, measure).least > 900 * gap


def test_work_without_a_next_request_is_lost(finding: RunQuick) -> None:
    assert median(finding("after_response"), THREAD, "lost, when no request followed") == 100


@pytest.mark.parametrize("way", [SELF, SERVER])
def test_the_other_ways_get_the_work_done(finding: RunQuick, way: str) -> None:
    """How soon depends on the machine; there is a figure only when it was done."""
    for gap in (0.3, 0.7):
        assert spread(finding("after_response"), way, f"done after the response, next request after {gap:g} s").n == 1


def test_the_app_accepts_the_job_and_does_it_later(finding: RunQuick) -> None:
    found = finding("after_response")
    assert spread(found, "the app, respond-async", "accepted").n == 2
    assert spread(found, "the app, respond-async", "done after the response").n == 2


@pytest.mark.parametrize(
    ("delays_ms", "server_ms", "lost", "holds"),
    [
        pytest.param([4001.0, 4002.0], 200.0, 5, True, id="each waits, and all are lost"),
        pytest.param([4001.0, 200.0], 200.0, 5, False, id="one was done before the next request"),
        pytest.param([4001.0, 4002.0], 200.0, 4, False, id="one was done without a next request"),
        pytest.param([4001.0, 4002.0], 4001.0, 5, None, id="it waits as long where nothing is frozen"),
    ],
)
def test_the_verdict_turns_with_one_thread(
    delays_ms: list[float], server_ms: float, lost: int, holds: bool | None
) -> None:
    delays = {THREAD: {4.0: delays_ms}, SELF: {4.0: [200.0]}, SERVER: {4.0: [200.0, server_ms]}}
    jobs = DeferredJobs(accepted_ms=[3.0], done_ms=[16.0])
    found = judge(delays, AbandonedWork(5, lost), jobs, {"a": (Span(0.0, 1.0, "frozen"),)})
    assert found.holds is holds
    assert found.verdict.startswith({True: "Yes: ", False: "No: ", None: "It cannot be told: "}[holds])
    assert f"{lost} of 5 threads never finished" in found.verdict
    assert "by self-invocation (n = 2); " in found.verdict
    assert spread(found, THREAD, "lost, when no request followed").n == 5
