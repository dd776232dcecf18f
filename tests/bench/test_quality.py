from __future__ import annotations

import pytest

from bench.engine_quality import QUALITIES, best_quality


@pytest.mark.parametrize(("most", "quality"), [(5000, 50), (5099, 50), (5100, 51), (9400, 94), (20_000, 94)])
def test_the_best_quality_makes_no_more_bytes(most: int, quality: int) -> None:
    assert best_quality(lambda quality: 100 * quality, most) == quality


def test_the_lowest_is_taken_when_none_is_small_enough() -> None:
    assert best_quality(lambda quality: 100 * quality, 10) == QUALITIES[0]
