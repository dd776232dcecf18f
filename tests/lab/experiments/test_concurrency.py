"""``concurrency``: the quick run counts containers and asserts no times; the verdict follows from every burst."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.experiments.concurrency import COLD, THREADS, WARM, Burst, Round, judge
from lab.experiments.support.findings import Span, TimelineChart
from lab.experiments.support.workbench import FUNCTIONS
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.parametrize("count", [1, 8])
def test_n_at_once_are_n_containers(finding: RunQuick, count: int) -> None:
    """With ``new_container_when_busy`` off it would be one."""
    case = f"{count} at once"
    assert median(finding("concurrency"), case, "containers started") == count
    assert median(finding("concurrency"), case, "cold starts, second time") == 0


def test_all_requests_wait_on_every_server(finding: RunQuick) -> None:
    for place in ("cold containers", "warm containers", "one threaded process"):
        latency = spread(finding("concurrency"), "8 at once", f"latency, {place}")
        assert latency.n == 8
        assert latency.least >= 190


def test_a_row_for_each_container(finding: RunQuick) -> None:
    spans = finding("concurrency").charts[1]
    assert isinstance(spans, TimelineChart)
    assert len(spans.rows) == 8
    for row in spans.rows.values():
        states = [span.state for span in row]
        assert (states[0], states.count("init"), states.count("serve")) == ("init", 1, 2)


@pytest.mark.parametrize("count", [1, 8])
def test_the_server_has_as_many_threads_as_requests_come(finding: RunQuick, count: int) -> None:
    """It gets twice as many: with more threads, more than ``count`` would be in its hands at once."""
    in_hand = spread(finding("concurrency"), f"{count} at once", "requests in its hands, of twice as many")
    assert in_hand.least == in_hand.most == count
    assert median(finding("concurrency"), f"{count} at once", "processes of the server") == 1


def one_round(
    count: int, started: Sequence[int], processes: Sequence[int] = (1, 1, 1), in_hand: Sequence[int] = ()
) -> Round:
    """Return a round in which each burst of ``count`` requests met so many new containers, or processes."""
    cold, threads = (
        [Burst([300.0] * count, frozenset(map(str, range(number)))) for number in several]
        for several in (started, processes)
    )
    return Round(
        count=count,
        bursts={COLD: cold, WARM: cold, THREADS: threads},
        cold_again=[0] * len(started),
        in_hand=in_hand or [count] * len(started),
        rows={"one": (Span(0.0, 1.0, "init"),)},
    )


@pytest.mark.parametrize(
    ("started", "processes", "holds", "containers", "one_process"),
    [
        pytest.param((8, 8, 8), (1, 1, 1), True, 6, 6, id="as claimed"),
        pytest.param((8, 7, 8), (1, 1, 1), False, 5, 6, id="a container took two"),
        pytest.param((1, 1, 1), (1, 1, 1), False, 3, 6, id="one container took all"),
        pytest.param((8, 9, 8), (1, 1, 1), False, 5, 6, id="one container too many"),
        pytest.param((8, 8, 8), (1, 2, 1), False, 6, 5, id="the server needed a second process"),
    ],
)
def test_the_verdict_turns_with_one_burst(
    started: Sequence[int], processes: Sequence[int], holds: bool, containers: int, one_process: int
) -> None:
    """The burst need not be of the largest size, whose times the verdict quotes."""
    found = judge([one_round(8, started, processes), one_round(16, (16, 16, 16))])
    assert found.holds is holds
    assert found.verdict.startswith("Yes: n requests" if holds else "No: n requests")
    assert f"started n containers in {containers} of 6 bursts of 8 to 16" in found.verdict
    assert f"one process took all n at the same time in {one_process} of 6 (n = 3 for each size)" in found.verdict
    assert "in one process with 16 threads" in found.verdict


@pytest.mark.parametrize(
    ("in_hand", "one_process"),
    [
        pytest.param((1, 1, 1), 3, id="a server with one thread, which takes one after the other"),
        pytest.param((8, 7, 8), 5, id="too few once"),
        pytest.param((8, 8, 9), 5, id="more threads than it was given"),
    ],
)
def test_a_server_has_to_take_all_of_them_at_the_same_time(in_hand: Sequence[int], one_process: int) -> None:
    found = judge([one_round(8, (8, 8, 8), in_hand=in_hand), one_round(16, (16, 16, 16))])
    assert found.holds is False
    assert f"one process took all n at the same time in {one_process} of 6 (n = 3 for each size)" in found.verdict


def test_the_server_counts_each_time_anew() -> None:
    wsgi = runpy.run_path(str(FUNCTIONS / "waiting.py"))["wsgi"]

    def in_hand(query: str) -> int:
        (body,) = wsgi({"QUERY_STRING": query}, lambda status, headers: None)
        return int(json.loads(body)["in_hand"])

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(in_hand, ["together=2&time=0"] * 2)) == [2, 2]
    assert in_hand("together=1&time=1") == 1
