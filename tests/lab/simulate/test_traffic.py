"""The rates of simulated traffic."""

from __future__ import annotations

import numpy as np
import pytest

from lab.simulate.traffic import constant, diurnal, spike


def test_traffic_has_its_rate() -> None:
    rng = np.random.default_rng(3)
    for traffic in (constant(50, 100), diurnal(50, 100, period=100), spike(200, 100, base=10, at=50, lasts=25)):
        arrivals = traffic.draw(rng)
        assert len(arrivals) == pytest.approx(traffic.expected(), rel=0.05)
        assert (np.diff(arrivals) >= 0).all()
    wave = diurnal(50, 100, swing=0.8, period=100)
    assert wave.rate_at(np.array([0.1, 25, 50])) == pytest.approx([10, 50, 90], abs=0.2)
    assert spike(200, 100, base=10, at=0, lasts=100).edges == (0.0, 100)
