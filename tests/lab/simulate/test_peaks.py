"""The formulas of queueing theory against known values and against sampled queues."""

from __future__ import annotations

import numpy as np
import pytest

from lab.simulate.peaks import Peaks, erlang_b, poisson
from lab.simulate.traffic import constant


def test_the_peak_is_that_of_a_queue_without_a_limit() -> None:
    rng = np.random.default_rng(5)
    arrivals = constant(30, 4000).draw(rng)
    ends = np.sort(arrivals + 0.2 * rng.exponential(size=len(arrivals)))
    in_flight = np.arange(1, len(arrivals) + 1) - np.searchsorted(ends, arrivals)
    highest = [int(in_flight[(arrivals >= at) & (arrivals < at + 10)].max()) for at in range(0, 4000, 10)]
    peaks = Peaks(30, 0.2, 10)
    drawn = [peaks.at(chance) for chance in rng.random(4000)]
    assert np.mean(drawn) == pytest.approx(np.mean(highest), abs=0.3)
    assert np.percentile(drawn, 90) == pytest.approx(np.percentile(highest, 90), abs=1)


def test_poisson_chances_are_those_of_the_textbook() -> None:
    assert poisson(np.arange(4.0), 2) == pytest.approx(np.exp(-2) * np.array([1, 2, 2, 4 / 3]))
    assert poisson(np.arange(3.0), 0).tolist() == [1, 0, 0]
    assert poisson(np.arange(4500.0, 5500), 5000).sum() == pytest.approx(1)


def test_erlang_s_formula_has_its_known_values() -> None:
    assert erlang_b(1, 1) == pytest.approx(0.5)
    assert erlang_b(2, 3) == pytest.approx((8 / 6) / (1 + 2 + 2 + 8 / 6))
    assert erlang_b(0, 5) == 0


def test_erlang_s_formula_ends_where_nothing_is_refused() -> None:
    """A million servers were gone through for every rate of a day."""
    products = 0

    class Mean(float):
        def __mul__(self, other: float) -> float:
            nonlocal products
            products += 1
            return float(self) * other

    assert erlang_b(Mean(10), 1_000_000) == 0
    assert products < 2_000
