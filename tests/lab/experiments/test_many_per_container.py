"""The quick run of ``many_per_container``: the app itself, in containers that take one request or two."""

from __future__ import annotations

from typing import Any

import pytest

from lab.experiments.many_per_container import MANY, ONE, holds
from lab.experiments.support.held_bursts import BurstOutcome
from tests.support.lab.figures import RunQuick, median


def outcome(**given: Any) -> BurstOutcome:
    same: dict[str, Any] = {"memory_mb": 1.0, "cold": 0, "warm": (), "alone": (), "refused": 0, "app_memory_mb": 1024}
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


@pytest.mark.parametrize(
    ("many", "expected"),
    [
        ({"containers": 2, "processes": 10}, None),
        ({"containers": 2, "processes": 2, "connections": 2}, True),
        ({"containers": 2, "processes": 2, "connections": 8}, None),
        ({"containers": 8, "processes": 2, "connections": 2}, False),
    ],
)
def test_the_verdict_follows_from_the_counts(many: dict[str, int], expected: bool | None) -> None:
    assert holds(outcome(), outcome(**many)) is expected
