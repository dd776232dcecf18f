"""Traffic at its true scale: cold shares follow the rate of each function."""

from __future__ import annotations

import math

import pytest

from lab.experiments.one_or_many.true_scale import cold_shares
from tests.support.lab.samples import sample

SAMPLES = [sample(0.0, cold=True, init_ms=150.0, duration_ms=5.0), sample(1.0, duration_ms=5.0)]


@pytest.mark.parametrize("rate", [0.001, 0.01])
def test_a_request_is_cold_when_the_one_before_it_is_longer_ago_than_idle_containers_stay(rate: float) -> None:
    shares = cold_shares(SAMPLES, {"f": rate}, idle_s=300.0, seeds=range(3))
    assert len(set(shares)) == 3
    # the gaps of a Poisson process are exponential
    assert sum(shares) / 3 == pytest.approx(100 * math.exp(-300 * rate), rel=0.15)


def test_functions_that_share_the_traffic_are_cold_more_often() -> None:
    one = cold_shares(SAMPLES, {"all": 0.03}, idle_s=300.0, seeds=[0])
    many = cold_shares(SAMPLES, {"often": 0.029, "rarely": 0.001}, idle_s=300.0, seeds=[0])
    assert one[0] < 0.5 < many[0]
