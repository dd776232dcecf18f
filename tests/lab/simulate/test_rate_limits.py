"""The token bucket, and the limit on simultaneous starts."""

from __future__ import annotations

from lab.simulate.rate_limits import InitSlots, TokenBucket


def test_a_token_bucket_refills_up_to_its_size() -> None:
    bucket = TokenBucket(2, 1)
    assert [bucket.take(when) for when in (0, 0, 0, 0.5, 1.0, 100, 100, 100)] == [
        *(True, True, False, False, True),
        *(True, True, False),
    ]


def test_containers_wait_for_an_init_slot() -> None:
    starters = InitSlots(2)
    assert [starters.begin(0.0, 3.0) for _ in range(4)] == [0.0, 0.0, 3.0, 3.0]
    assert InitSlots(0).begin(5.0, 3.0) == 5.0
