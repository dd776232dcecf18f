"""Which setting is the best, from figures that are given."""

from __future__ import annotations

import pytest

from lab.tune.tuning import NothingWorked, TunedSetting, best
from measurement.figures import Spread

MB, MS, DOLLARS = (128, 512, 1769), (800.0, 150.0, 60.0), (1.8, 1.5, 2.0)
FAILED = TunedSetting(memory_mb=64, vcpus=0.04, failure="Runtime.OutOfMemory")


def setting(memory_mb: int, ms: float, dollars: float) -> TunedSetting:
    return TunedSetting(
        memory_mb=memory_mb, vcpus=memory_mb / 1769, warm_ms=Spread.of([ms]), dollars=Spread.of([dollars])
    )


SETTINGS = (FAILED, *map(setting, MB, MS, DOLLARS))


def test_a_setting_that_failed_is_never_the_best() -> None:
    assert best(SETTINGS, 0.5)[:2] == (512, 1769)


@pytest.mark.parametrize(("balance", "balanced_mb"), [(0.0, 1769), (0.5, 512), (1.0, 512)])
def test_the_balance_weighs_price_against_time(balance: float, balanced_mb: int) -> None:
    assert best(SETTINGS, balance)[2] == balanced_mb


def test_the_same_price_goes_to_the_faster_one() -> None:
    assert best((setting(128, 800, 1.5), setting(512, 150, 1.5)), 0.5) == (512, 512, 512)


def test_nothing_is_the_best_of_failures() -> None:
    with pytest.raises(NothingWorked, match=r"at every setting: Runtime\.OutOfMemory"):
        best((FAILED,), 0.5)
