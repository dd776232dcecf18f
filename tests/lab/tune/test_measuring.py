"""Cold and warm runs of one event at several settings."""

from __future__ import annotations

from lab.traits import Traits
from lab.tune.measuring import tune
from tests.support.lab.fleet_client import MakeFunction
from tests.support.lab.lambda_api import event


def test_a_setting_stays_warm_however_long_the_others_take(make_function: MakeFunction) -> None:
    """A round of long events takes longer than an idle container would stay."""
    tuned = tune(
        make_function(),
        event("where"),
        memories_mb=[512, 1769],
        warm_runs=3,
        cold_starts=2,
        balance=0.5,
        platform=Traits(idle_s=0.0),
    )
    assert [(each.cold_ms and each.cold_ms.n, each.warm_ms and each.warm_ms.n) for each in tuned.settings] == 2 * [
        (2, 3)
    ]
