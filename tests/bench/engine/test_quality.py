from __future__ import annotations

import pytest

from bench.engine.quality import QUALITIES, best_quality


@pytest.mark.parametrize(("max_bytes", "quality"), [(5000, 50), (5099, 50), (5100, 51), (9400, 94), (20_000, 94)])
def test_the_best_quality_stays_within_the_bytes(max_bytes: int, quality: int) -> None:
    assert best_quality(lambda quality: 100 * quality, max_bytes) == quality


def test_the_lowest_quality_is_used_if_none_is_small_enough() -> None:
    assert best_quality(lambda quality: 100 * quality, 10) == QUALITIES[0]
