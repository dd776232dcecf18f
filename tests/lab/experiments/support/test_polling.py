from __future__ import annotations

import pytest

from lab.experiments.support.polling import becomes_true, wait_until


def test_a_condition_that_becomes_true() -> None:
    checks = iter([False, False, True])
    assert becomes_true(lambda: next(checks), within_s=20, interval_s=0.001)


def test_a_condition_that_stays_false() -> None:
    assert not becomes_true(lambda: False, within_s=0.01, interval_s=0.001)


def test_who_waits_in_vain_is_told_for_what() -> None:
    checks = iter([False, True])
    wait_until(lambda: next(checks), "two checks", within_s=20, interval_s=0.001)
    with pytest.raises(RuntimeError, match=r"^waited 0.01 s in vain for a miracle$"):
        wait_until(lambda: False, "a miracle", within_s=0.01, interval_s=0.001)
