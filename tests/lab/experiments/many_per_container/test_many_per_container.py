"""The quick run of ``many_per_container``: the app itself, in containers that take one request or two."""

from __future__ import annotations

from typing import Any

import pytest

from lab.costs.managed import servers_cheaper_from
from lab.costs.workload import Workload
from lab.experiments.many_per_container import MANY, ONE, PRICE, judge
from lab.experiments.many_per_container.held_bursts import BurstOutcome, BurstPlan
from lab.recorded_traffic import Sample
from tests.support.lab.figures import RunQuick, median, spread


def outcome(**given: Any) -> BurstOutcome:
    same: dict[str, Any] = {"memory_mb": 1.0, "cold": 0, "refused": 0, "app_memory_mb": 1024}
    one = [Sample(due=0.0, began=0.0, ended=0.01, container="c", duration_ms=10.0)]
    same |= {"warm": one, "alone": one}
    return BurstOutcome(**{**same, "containers": 8, "processes": 8, "connections": 8, **given})


def test_fewer_containers_have_as_many_processes_and_connections(finding: RunQuick) -> None:
    found = finding("many_per_container")
    assert (median(found, ONE, "containers"), median(found, MANY, "containers")) == (4, 2)
    # the runtime client has a parent process beside its workers
    assert (median(found, ONE, "processes"), median(found, MANY, "processes")) == (4, 4 + 2)
    for name in (ONE, MANY):
        assert median(found, name, "connections held when idle") == 4
    assert found.holds is None


def test_nothing_starts_while_a_request_waits_and_what_finds_no_process_is_refused(finding: RunQuick) -> None:
    found = finding("many_per_container")
    assert (median(found, ONE, "cold requests"), median(found, MANY, "cold requests")) == (4, 0)
    assert (median(found, ONE, "refused of 5"), median(found, MANY, "refused of 5")) == (0, 1)


def test_the_app_divides_the_memory_of_its_container(finding: RunQuick) -> None:
    found = finding("many_per_container")
    assert median(found, ONE, "memory limit that the app sees") == 1769
    assert median(found, MANY, "memory limit that the app sees") == 2048 / 2


PLAN = BurstPlan(count=8, workers=4, extra=2, rounds=3)
FEWER = {"containers": 2, "processes": 2, "connections": 2}


@pytest.mark.parametrize(
    ("bad", "expected", "words"),
    [
        pytest.param({}, True, "Yes", id="fewer of everything"),
        pytest.param({"processes": 10}, None, "Only containers and connections", id="more processes in one round"),
        pytest.param({"connections": 8}, None, "Only containers and processes", id="as many connections in one round"),
        pytest.param({"processes": 10, "connections": 8}, None, "Only containers", id="both"),
        pytest.param({"containers": 8}, False, "No", id="as many containers in one round"),
    ],
)
@pytest.mark.parametrize("at", range(3))
def test_the_verdict_turns_with_one_round(bad: dict[str, int], expected: bool | None, words: str, at: int) -> None:
    many = [outcome(**FEWER) for _ in range(3)]
    many[at] = outcome(**{**FEWER, **bad})
    found = judge(PLAN, {ONE: [outcome()] * 3, MANY: many})
    assert found.holds is expected
    assert found.verdict.startswith(f"{words} (n = 3): ")


def test_the_verdict_quotes_the_median_and_the_round_that_differs() -> None:
    many = [outcome(**FEWER), outcome(**FEWER), outcome(**{**FEWER, "processes": 3, "refused": 1})]
    found = judge(PLAN, {ONE: [outcome()] * 3, MANY: many})
    assert "8 processes against 2 (2 to 3), " in found.verdict
    assert "0 of 10 were refused against 0 (0 to 1), " in found.verdict
    millions = median(found, PRICE, "cheaper than Lambda from, a month")
    assert f"from {millions:.0f} million such requests on" in found.verdict


def test_every_millisecond_that_has_begun_is_paid() -> None:
    """Requests of 2.1, 2.9 and 8.2 ms are billed 3, 3 and 9: 5 in the mean."""
    times = [Sample(due=0.0, began=0.0, ended=0.01, container="c", duration_ms=ms) for ms in (2.1, 2.9, 8.2)]
    found = judge(PLAN, {ONE: [outcome(alone=times)] * 3, MANY: [outcome(**FEWER)] * 3})
    expected = servers_cheaper_from(Workload(requests=0, memory=1769, duration=5.0))
    assert median(found, PRICE, "cheaper than Lambda from, a month") == round(expected / 1e6)
    assert spread(found, PRICE, "billed for a request, one at a time").most == 9
