"""Finds the best quality whose file is small enough, in few encodes."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from math import log
from typing import Final

from app.errors import OutputTooLarge

# Never more than this: halving 1..100 alone would take seven.
MOST_ENCODES: Final = 6
# How the logarithm of a photograph's size runs over quality, from measured JPEG, WebP and AVIF together.
_QUALITIES: Final = (1, 5, 10, 20, 30, 50, 70, 80, 90, 95, 100)
_LOG_SIZES: Final = (-3.2, -2.8, -2.3, -1.6, -1.3, -0.8, -0.4, 0.0, 0.65, 1.1, 1.9)
_START: Final = 80

Sizes = dict[int, int]


def best(encode: Callable[[int], bytes], most: int, *, ceiling: int) -> bytes:
    """Return the file of the highest quality up to ``ceiling`` that has at most ``most`` bytes.

    The first guess is a usual quality, each next one follows from how large the last files came out. Raises
    OutputTooLarge when not even quality 1 fits.
    """
    sizes: Sizes = {}
    fits = b""
    low, high, quality = 0, ceiling + 1, min(ceiling, _START)
    while high - low > 1 and (len(sizes) < MOST_ENCODES or not fits):
        body = encode(quality)
        sizes[quality] = len(body)
        if len(body) <= most:
            low, fits = quality, body
        else:
            high = quality
        quality = _next(sizes, most, low, high, hurried=len(sizes) >= MOST_ENCODES - 1 and not fits)
    if not fits:
        raise OutputTooLarge(f"the result would take {sizes[1]} bytes even at quality 1, more than max_bytes")
    return fits


def _next(sizes: Sizes, most: int, low: int, high: int, *, hurried: bool) -> int:
    """Return a quality between ``low`` and ``high``: the model's, drawn through what was seen on either side."""
    if hurried:
        return max(1, low)
    wanted = log(most)
    if low in sizes and high in sizes:
        below, above = log(sizes[low]), log(sizes[high])
        share = (wanted - below) / max(above - below, 1e-9)
        model = _model(low) + share * (_model(high) - _model(low))
    else:
        seen = low if low in sizes else high
        model = _model(seen) + wanted - log(sizes[seen])
    return min(max(_quality(model), low + 1), high - 1)


def _model(quality: int) -> float:
    at = min(max(bisect(_QUALITIES, quality), 1), len(_QUALITIES) - 1)
    left, right = _QUALITIES[at - 1], _QUALITIES[at]
    share = (quality - left) / (right - left)
    return _LOG_SIZES[at - 1] + share * (_LOG_SIZES[at] - _LOG_SIZES[at - 1])


def _quality(model: float) -> int:
    at = min(max(bisect(_LOG_SIZES, model), 1), len(_LOG_SIZES) - 1)
    left, right = _LOG_SIZES[at - 1], _LOG_SIZES[at]
    share = (model - left) / (right - left)
    return int(_QUALITIES[at - 1] + share * (_QUALITIES[at] - _QUALITIES[at - 1]))
