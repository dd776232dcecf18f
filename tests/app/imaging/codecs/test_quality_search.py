"""The search finds the best quality that fits, in few encodes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app.core.errors import OutputTooLarge
from app.imaging.codecs import quality_search
from app.imaging.codecs.output import MOST_ENCODES
from tests.support import drawing
from tests.support.work import rendered

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
# files grow little with quality at first, then steeply
FLAT = [700 + 3 * quality for quality in range(1, 96)] + [2_000, 3_000, 5_000, 8_000, 12_000]


def diagram(mode: str) -> bytes:
    """Return a PNG of lines and boxes, as a screenshot or a chart has them."""
    image = Image.new(mode, (123, 77), "#ffffff" if mode == "RGB" else "#ffffff00")
    pen = ImageDraw.Draw(image)
    for place in range(6):
        pen.rectangle((8 + 18 * place, 60 - 9 * place, 20 + 18 * place, 70), fill="#3465a4", outline="black")
        pen.line((0, 76 - 11 * place, 122, 3 + 12 * place), fill="#cc0000")
    return drawing.encoded(image, "PNG")


@cache
def sizes(format: str) -> list[int]:
    """Return the sizes of the photograph in every third quality."""
    return [len(rendered(JPEG, format=format, quality=quality).body) for quality in range(1, 101, 3)]


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("most", [1200, 2500, 9000])
def test_max_bytes_is_kept_at_the_best_quality(format: str, most: int) -> None:
    body = rendered(JPEG, format=format, max_bytes=most).body
    assert len(body) <= most
    best = max((size for size in sizes(format) if size <= most), default=0)
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


@given(
    sizes=st.lists(st.integers(100, 5_000), min_size=100, max_size=100).map(sorted),
    most=st.integers(100, 5_000),
    ceiling=st.integers(1, 100),
)
@example(sizes=FLAT, most=902, ceiling=100)
@example(sizes=FLAT, most=710, ceiling=100)
@example(sizes=[100] * 33 + [5_000] * 67, most=101, ceiling=100)
def test_sizes_that_grow_in_any_way_are_searched_closely_enough(sizes: Sequence[int], most: int, ceiling: int) -> None:
    tried: list[int] = []

    def encode(quality: int) -> bytes:
        tried.append(quality)
        return bytes(sizes[quality - 1])

    best = max((quality for quality in range(1, ceiling + 1) if sizes[quality - 1] <= most), default=0)
    if best:
        assert len(quality_search.best(encode, most, ceiling=ceiling)) <= most
        assert best - max(quality for quality in tried if sizes[quality - 1] <= most) <= 3
    else:
        with pytest.raises(OutputTooLarge, match=f"would take {sizes[0]} bytes even at quality 1"):
            quality_search.best(encode, most, ceiling=ceiling)
    assert len(set(tried)) == len(tried) <= MOST_ENCODES


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_flat_picture_gets_the_quality_that_fits(format: str, mode: str) -> None:
    """Sizes of such pictures may waver: just above the quality that was found there is one that does not fit."""
    source = diagram(mode)
    bodies = {quality: rendered(source, format=format, quality=quality).body for quality in range(1, 101)}
    qualities = {body: quality for quality, body in bodies.items()}
    for least, larger in pairwise(range(1, 101, 3)):
        most = (len(bodies[least]) + len(bodies[larger])) // 2
        if most < len(bodies[1]):
            continue
        body = quality_search.best(bodies.__getitem__, most, ceiling=100)
        assert len(body) <= most
        above = [len(bodies[quality]) for quality in range(1, 101) if 0 < quality - qualities[body] <= 4]
        assert max(above, default=most + 1) > most
        if least % 30 == 1:  # a resize searches in the same way
            assert rendered(source, format=format, max_bytes=most).body == body


def test_sizes_that_shrink_with_quality_still_fit() -> None:
    assert len(quality_search.best(lambda quality: bytes(1_000 - quality), 950, ceiling=100)) <= 950
    assert len(quality_search.best(lambda quality: bytes(500 + quality * 37 % 90), 520, ceiling=100)) <= 520
