"""The exact model's containers against sequences worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from lab.simulate.fleet import RequestOutcome, Requests, SimulatedFleet
from lab.simulate.rules import Rules


def at(times: Sequence[float], *, serve: float = 1.0, start: float = 2.0, first: float = 1.0) -> Requests:
    count = len(times)
    return Requests(
        np.array(times, dtype=float),
        np.full(count, serve),
        np.full(count, start),
        np.full(count, first),
        np.ones(count, dtype=np.int64),
    )


def played(requests: Requests, **rules: Any) -> tuple[list[str], SimulatedFleet]:
    fleet = SimulatedFleet(Rules(**rules))
    fleet.play(requests, 0, len(requests.at))
    return [RequestOutcome(outcome).name for outcome in requests.outcome.tolist()], fleet


def test_a_request_takes_an_idle_container_or_starts_one() -> None:
    # the first is busy until 3, so the second starts another; at 3 the first is free, at 3.5 none is
    requests = at([0.0, 1.0, 3.0, 3.5, 7.0])
    outcomes, fleet = played(requests)
    assert outcomes == ["COLD", "COLD", "WARM", "COLD", "WARM"]
    assert requests.latency().tolist() == [3.0, 3.0, 1.0, 3.0, 1.0]
    assert (fleet.started.total(), fleet.max_containers, fleet.max_busy) == (3, 3, 3)


def test_an_idle_container_ends() -> None:
    # idle from 3 on: reused at 12.9 after 9.9 seconds, idle again at 13.9, ended at 24
    assert played(at([0.0, 12.9, 24.0]), idle_s=10)[0] == ["COLD", "WARM", "COLD"]


@pytest.mark.parametrize(("reuse", "last"), [("most_recent", ["COLD", "WARM"]), ("oldest", ["WARM", "WARM"])])
def test_reusing_the_most_recent_lets_the_others_end(reuse: str, last: list[str]) -> None:
    # two containers; single requests reuse the same one, or take turns
    turns = [0.0, 0.0, 8.0, 10.5, 16.0]
    outcomes, _ = played(at([*turns, 20.0, 20.0], start=1.0), reuse=reuse, idle_s=9)
    assert outcomes[: len(turns)] == ["COLD", "COLD", "WARM", "WARM", "WARM"]
    assert sorted(outcomes[len(turns) :]) == last


def test_the_limit_counts_requests_in_flight_and_in_init() -> None:
    assert played(at([0.0, 0.5, 1.0, 3.2]), limit=2)[0] == ["COLD", "COLD", "CONCURRENCY", "WARM"]


def test_the_scaling_rate_limits_new_containers() -> None:
    # 10 at once, and another one every second
    outcomes, _ = played(at([0.0] * 12 + [0.9, 1.1, 1.2], serve=60, first=60), scaling=10)
    assert outcomes == ["COLD"] * 10 + ["SCALING"] * 2 + ["SCALING", "COLD", "SCALING"]


def test_requests_a_second_are_limited_to_ten_times_the_concurrency() -> None:
    outcomes, _ = played(at([index / 1000 for index in range(100)], serve=0.0001, start=0, first=0.0001), limit=2)
    assert len(outcomes) - outcomes.count("RATE") == 21  # 20 at once, and 20 a second for 0.099 seconds


@pytest.mark.parametrize(
    ("starters", "latency"), [(1, [3.0, 5.0, 7.0, 9.0]), (2, [3.0, 3.0, 5.0, 5.0]), (0, [3.0] * 4)]
)
def test_starts_beyond_the_init_slots_wait(starters: int, latency: list[float]) -> None:
    requests = at([0.0] * 4, start=2.0, first=1.0)
    played(requests, starters=starters)
    assert requests.latency().tolist() == latency


def test_provisioned_containers_are_taken_first_and_never_end() -> None:
    outcomes, fleet = played(at([0.0, 0.5, 5000.0, 5000.5]), provisioned=1)
    assert outcomes == ["READY", "COLD", "READY", "COLD"]
    assert fleet.max_containers == 2
    assert fleet.size(10_000.0).containers == 1


def test_two_functions_share_the_limit_but_no_container() -> None:
    requests = at([0.0, 0.0, 3.0, 3.0, 3.0])
    requests.function[1:] = 2
    fleet = SimulatedFleet(Rules(limit=2), 2)
    fleet.play(requests, 0, 5)
    assert [RequestOutcome(outcome).name for outcome in requests.outcome.tolist()] == [
        "COLD",
        "COLD",
        "WARM",
        "COLD",
        "CONCURRENCY",
    ]
