"""The counts of the cohort model, step by step."""

from __future__ import annotations

import tracemalloc

import numpy as np

from lab.simulate.cohorts import Cohorts
from lab.simulate.rules import Rules
from tests.support.lab.models import TIMES


def test_a_rate_that_changes_all_the_time_takes_no_more_memory() -> None:
    """A month of a million requests a second kept gigabytes of distributions that no step needed again."""
    cohorts = Cohorts(TIMES, Rules(limit=1_000_000, scaling=1_000_000), 1.0, np.random.default_rng(0))
    tracemalloc.start()
    try:
        for number in range(200):
            cohorts.step(float(number), 1e6 - number, pinged=False)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # one distribution is 46 KB
    assert kept < 1_000_000
