"""The limit on simultaneous starts."""

from __future__ import annotations

from lab.simulate.rate_limits import InitSlots


def test_containers_wait_for_an_init_slot() -> None:
    starters = InitSlots(2)
    assert [starters.begin(0.0, 3.0) for _ in range(4)] == [0.0, 0.0, 3.0, 3.0]
    assert InitSlots(0).begin(5.0, 3.0) == 5.0
