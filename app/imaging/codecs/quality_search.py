"""Finds the highest quality that gives a small enough file, in few encodes."""

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

Sizes = dict[int, int]


def best(encode: Callable[[int], bytes], most: int, *, ceiling: int) -> bytes:
    """Return the file of the highest quality up to ``ceiling`` that has at most ``most`` bytes.

    The first guess is a common quality, each next one follows from the sizes so far. Raises OutputTooLarge when even
    quality 1 is too large.
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
    """Return a quality between ``low`` and ``high``: the model's, fitted to the sizes found on either side."""
    if hurried:
        return max(1, low)
    log_target = log(most)
    if low in sizes and high in sizes:
        below, above = log(sizes[low]), log(sizes[high])
        share = (log_target - below) / max(above - below, 1e-9)
        size = _log_size(low) + share * (_log_size(high) - _log_size(low))
    else:
        tried = low if low in sizes else high
        size = _log_size(tried) + log_target - log(sizes[tried])
    return min(max(int(_interpolated(size, _LOG_SIZES, _QUALITIES)), low + 1), high - 1)


def _log_size(quality: float) -> float:
    return _interpolated(quality, _QUALITIES, _LOG_SIZES)


def _interpolated(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    at = min(max(bisect(xs, x), 1), len(xs) - 1)
    share = (x - xs[at - 1]) / (xs[at] - xs[at - 1])
    return ys[at - 1] + share * (ys[at] - ys[at - 1])
