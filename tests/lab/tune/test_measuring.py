"""Cold and warm runs of one event at several settings."""

from __future__ import annotations

import pytest

from lab.traits import Traits
from lab.tune.measuring import tune
from tests.support.lab.fleet_client import MakeFunction
from tests.support.lab.lambda_api import event


@pytest.mark.parametrize("memories_mb", [[512, 1769], [1769]], ids=["in turns", "alone"])
def test_every_setting_has_its_cold_and_its_warm_runs(make_function: MakeFunction, memories_mb: list[int]) -> None:
    """A round of long events takes longer than an idle container would stay; alone, one is hardly free again."""
    tuned = tune(
        make_function(),
        event("where"),
        memories_mb=memories_mb,
        warm_runs=3,
        cold_starts=4,
        balance=0.5,
        platform=Traits(idle_s=0.0),
    )
    counts = [(each.cold_ms and each.cold_ms.n, each.warm_ms and each.warm_ms.n) for each in tuned.settings]
    assert counts == [(4, 3)] * len(memories_mb)
