from __future__ import annotations

from lab.experiments.support.polling import becomes_true


def test_a_condition_that_becomes_true() -> None:
    checks = iter([False, False, True])
    assert becomes_true(lambda: next(checks), within_s=20, interval_s=0.001)


def test_a_condition_that_stays_false() -> None:
    assert not becomes_true(lambda: False, within_s=0.01, interval_s=0.001)
