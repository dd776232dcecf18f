"""The exact model against known answers and Erlang's formula."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from lab.simulate import exact_model
from lab.simulate.peaks import erlang_b
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import Lognormal, RequestTimes
from lab.simulate.traffic import Traffic, constant, spike

TIMES = RequestTimes(
    service=Lognormal(median_ms=120, sigma=0.4),
    init=Lognormal(median_ms=600, sigma=0.2),
    first=Lognormal(median_ms=120, sigma=0.4),
)


FIXED = RequestTimes(service=Lognormal(median_ms=100), init=Lognormal(median_ms=500), first=Lognormal(median_ms=200))


def run(traffic: Traffic, times: RequestTimes = TIMES, *, seed: int = 1, **rules: Any) -> SimulationResult:
    return exact_model.simulate(traffic, times, Rules(**rules), seed=seed)


def test_a_ping_keeps_exactly_one_container() -> None:
    sparse = constant(1 / 1000, 200_000)
    alone, kept = run(sparse), run(sparse, ping_every=240)
    assert alone.cold_share > 0.5  # the mean gap is longer than a container stays
    assert (kept.cold, kept.containers_peak, set(kept.series.containers)) == (0, 1, {1.0})
    assert kept.pings == 834


def test_a_ping_to_three_keeps_three() -> None:
    kept = run(constant(1 / 1000, 50_000), ping_every=240, warm=3)
    assert (kept.cold, kept.containers_started, set(kept.series.containers)) == (0, 3, {3.0})


def test_of_two_requests_at_once_one_is_cold_beside_the_warm_container() -> None:
    burst = Traffic(edges=(0, 100, 100.0001, 200), rates=(0, 2e5, 0))
    result = run(burst, FIXED, ping_every=30)
    assert result.cold == result.requests - 1


def test_a_cold_request_waits_for_init_and_attachment() -> None:
    result = run(constant(1 / 1000, 100_000), FIXED, idle_s=1)
    assert result.cold_share > 0.99
    assert result.p50_ms == pytest.approx(500 + 200)
    slower = run(constant(1 / 1000, 100_000), FIXED, idle_s=1, attach_s=10)
    assert slower.p50_ms == pytest.approx(10_000 + 500 + 200)


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_a_full_account_refuses_erlang_s_share_for_any_service_times(sigma: float) -> None:
    service = Lognormal(median_ms=100, sigma=sigma)
    # INIT takes no time and no container ends, so it is a pure loss system
    times = RequestTimes(service=service, init=Lognormal(median_ms=0), first=service)
    traffic = constant(100, 3000)
    result = run(traffic, times, limit=10, idle_s=1e6, rate_per_concurrency=1000)
    expected = erlang_b(100 * service.mean_ms / 1000, 10)
    assert result.refused_share == pytest.approx(expected, rel=0.05)
    assert result.containers_started == 10


def test_without_a_limit_the_number_in_flight_is_rate_times_time() -> None:
    # M/G/infinity: Poisson with mean rate x time, whatever the distribution
    times = msgspec.structs.replace(TIMES, init=Lognormal(median_ms=0))
    result = run(constant(400, 300), times, limit=10_000)
    busy = np.array(result.series.busy[30:])
    mean = 400 * times.service.mean_ms / 1000
    assert busy.mean() == pytest.approx(mean, rel=0.05)
    assert busy.var() == pytest.approx(mean, rel=0.35)


def test_a_spike_starts_containers_until_the_first_are_ready() -> None:
    # from second 10 on every request starts a container, until the first are idle after 0.5 s of INIT and 0.2 s
    result = run(spike(1000, 20, base=0.1, at=10, lasts=10), FIXED, limit=2000)
    assert result.cold == pytest.approx(700, rel=0.1)
    attached = run(spike(1000, 20, base=0.1, at=10, lasts=10), FIXED, attach_s=5)
    assert (attached.containers_peak, attached.busy_peak) == (1000, 1000)
    assert attached.refused["concurrency"] == pytest.approx(4700, rel=0.05)  # until the first is free after 5.7 s


def test_the_same_seed_gives_the_same_result() -> None:
    assert run(constant(50, 60)) == run(constant(50, 60))
    assert run(constant(50, 60), seed=2) != run(constant(50, 60))
