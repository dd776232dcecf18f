"""Finds the highest quality that gives a small enough file, in few encodes: interpolation, kept in by bisection."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from math import log
from typing import Final

from app.core.errors import OutputTooLarge
from app.imaging.codecs.output import MOST_ENCODES

# The logarithm of a photograph's size over quality, relative to quality 80: JPEG, WebP and AVIF measured together.
_QUALITIES: Final = (1, 5, 10, 20, 30, 50, 70, 80, 90, 95, 100)
_LOG_SIZES: Final = (-3.2, -2.8, -2.3, -1.6, -1.3, -0.8, -0.4, 0.0, 0.65, 1.1, 1.9)
_START: Final = 80
# How far below the best quality a result may be. Halving what is left gets that close in any case.
_TOLERANCE: Final = 3
# Files of flat pictures hardly grow with quality, or even shrink.
_LEAST_SLOPE: Final = 0.05

Sizes = dict[int, int]


def best(encode: Callable[[int], bytes], most: int, *, ceiling: int) -> bytes:
    """Return a file of at most ``most`` bytes, of the highest quality up to ``ceiling`` or of one at most 3 below it.

    That holds where sizes grow with quality. Raises OutputTooLarge when even quality 1 is too large.
    """
    sizes: Sizes = {}
    fits = b""
    low, high, quality = 0, ceiling + 1, min(ceiling, _START)
    while True:
        body = encode(quality)
        sizes[quality] = len(body)
        if len(body) <= most:
            low, fits = quality, body
        else:
            high = quality
        if high - low <= 1 or len(sizes) == MOST_ENCODES:
            break
        lowest, highest = _bounds(low, high, left=MOST_ENCODES - len(sizes) - 1)
        quality = min(max(_guess(sizes, most, low, high), lowest), highest)
    if not fits:
        raise OutputTooLarge(f"the result would take {sizes[1]} bytes even at quality 1, more than max_bytes")
    return fits


def _bounds(low: int, high: int, *, left: int) -> tuple[int, int]:
    """Return between which qualities to try next, so that ``left`` more encodes are enough whether or not it fits."""
    reach = (_TOLERANCE + 1) << left
    # Unless something fits, the last encode has to be at quality 1.
    return max(low + 1, high - reach), min(high - 1, low + reach - (0 if low else _TOLERANCE))


def _guess(sizes: Sizes, most: int, low: int, high: int) -> int:
    """Return the quality that would give ``most`` bytes by the model, fitted to the two sizes nearest to it."""
    middle = (low + high) / 2
    tried, *others = sorted(sizes, key=lambda quality: abs(quality - middle))
    slope = 1.0
    if others:
        slope = log(sizes[tried] / sizes[others[0]]) / (_log_size(tried) - _log_size(others[0]))
    size = _log_size(tried) + log(most / sizes[tried]) / max(slope, _LEAST_SLOPE)
    return int(_interpolated(size, _LOG_SIZES, _QUALITIES))


def _log_size(quality: float) -> float:
    return _interpolated(quality, _QUALITIES, _LOG_SIZES)


def _interpolated(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    at = min(max(bisect(xs, x), 1), len(xs) - 1)
    share = (x - xs[at - 1]) / (xs[at] - xs[at - 1])
    return ys[at - 1] + share * (ys[at] - ys[at - 1])
