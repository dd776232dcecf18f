"""The token bucket."""

from __future__ import annotations

from lab.account.token_bucket import TokenBucket


def test_a_token_bucket_refills_up_to_its_size() -> None:
    bucket = TokenBucket(2, 1)
    assert [bucket.take(when) for when in (0, 0, 0, 0.5, 1.0, 100, 100, 100)] == [
        *(True, True, False, False, True),
        *(True, True, False),
    ]
