"""The price of a simulated run, worked out by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lab.simulate import exact_model
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import Lognormal, RequestTimes
from lab.simulate.traffic import Traffic, constant

FIXED = RequestTimes(service=Lognormal(median_ms=100), init=Lognormal(median_ms=500), first=Lognormal(median_ms=200))


def run(traffic: Traffic, times: RequestTimes = FIXED, *, seed: int = 1, **rules: Any) -> SimulationResult:
    return exact_model.simulate(traffic, times, Rules(**rules), seed=seed)


def test_init_is_billed_but_the_network_attachment_is_not() -> None:
    result = run(constant(1 / 1000, 100_000), FIXED, idle_s=1e6, attach_s=10)
    billed_s = 0.7 + (result.requests - 1) * 0.1
    assert result.cold == 1
    assert result.dollars == pytest.approx(result.requests * 0.20e-6 + billed_s * 0.0000166667)


def test_a_begun_millisecond_is_billed() -> None:
    times = msgspec.structs.replace(FIXED, service=Lognormal(median_ms=0.2), init=Lognormal(median_ms=0))
    result = run(constant(1, 1000), times, idle_s=1e6)
    assert result.dollars == pytest.approx(result.requests * (0.20e-6 + 0.001 * 0.0000166667), rel=0.02)


def test_provisioned_concurrency_and_pings_are_on_the_bill() -> None:
    quiet = Traffic(edges=(0, 1000), rates=(0.0,))
    assert run(quiet, provisioned=3).dollars == pytest.approx(3 * 1000 * 0.0000041667)
    pings = run(quiet, FIXED, ping_every=100, ping_ms=75, idle_s=1e6)
    assert pings.dollars == pytest.approx(10 * 0.20e-6 + (0.5 + 10 * 0.075) * 0.0000166667)
    several = run(quiet, FIXED, ping_every=100, ping_ms=75, warm=3, idle_s=1e6)
    assert several.dollars == pytest.approx(30 * 0.20e-6 + 3 * (0.5 + 10 * 0.175) * 0.0000166667), "held until the last"
    busy = run(constant(1 / 10, 1000), FIXED, provisioned=3)
    ready = busy.requests * (0.20e-6 + 0.1 * 0.0000097222)
    assert busy.dollars == pytest.approx(3 * 1000 * 0.0000041667 + ready)
