"""Times drawn from a recording."""

from __future__ import annotations

import numpy as np

from lab.simulate.times import measured_times
from tests.support.lab.samples import sample


def test_measured_times_come_from_a_recording() -> None:
    samples = [
        sample(0, cold=True, init_ms=300, duration_ms=40),
        sample(1, duration_ms=5),
        sample(2, duration_ms=7),
        sample(3, status=429),
    ]
    times = measured_times(samples)
    rng = np.random.default_rng(0)
    assert set(times.service.draw(rng, 100).tolist()) == {5.0, 7.0}
    assert (times.service.mean_ms, times.init.mean_ms, times.first.mean_ms) == (6, 300, 40)
