"""The search finds the best quality that fits, in few encodes."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import OutputTooLarge
from app.imaging.codecs import quality_search
from app.imaging.codecs.output import MOST_ENCODES
from tests.support import drawing
from tests.support.work import rendered

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("most", [1200, 2500, 9000])
def test_max_bytes_is_kept_at_the_best_quality(format: str, most: int) -> None:
    body = rendered(JPEG, format=format, max_bytes=most).body
    assert len(body) <= most
    sizes = {quality: len(rendered(JPEG, format=format, quality=quality).body) for quality in range(1, 101, 3)}
    best = max((size for size in sizes.values() if size <= most), default=0)
    assert len(body) >= 0.9 * best


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_quality_is_the_most_that_max_bytes_may_choose(format: str) -> None:
    alone = rendered(JPEG, format=format, quality=30).body
    assert rendered(JPEG, format=format, quality=30, max_bytes=1_000_000).body == alone
    assert len(rendered(JPEG, format=format, quality=30, max_bytes=len(alone) - 10).body) <= len(alone) - 10


def test_without_quality_it_may_choose_the_best() -> None:
    assert rendered(JPEG, max_bytes=1_000_000).body == rendered(JPEG, quality=100).body


def test_max_bytes_below_any_possible_size_is_an_error() -> None:
    with pytest.raises(OutputTooLarge, match="max_bytes"):
        rendered(JPEG, max_bytes=100)


@pytest.mark.parametrize("steepness", [0.02, 0.035, 0.05])
@pytest.mark.parametrize("most", range(2_200, 90_000, 8_000))
def test_few_encodes_find_the_quality(steepness: float, most: int) -> None:
    tried: list[int] = []

    def encode(quality: int) -> bytes:
        tried.append(quality)
        return bytes(int(2_000 * np.exp(steepness * quality)))

    body = quality_search.best(encode, most, ceiling=100)
    right = max(
        quality for quality in range(1, 101) if int(2_000 * np.exp(steepness * quality)) <= most or quality == 1
    )
    assert len(tried) <= MOST_ENCODES
    assert len(set(tried)) == len(tried)
    assert len(body) <= most
    assert len(body) >= 0.93 * int(2_000 * np.exp(steepness * right))
