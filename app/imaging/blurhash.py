"""Encodes a BlurHash, a few waves of color in a short text: https://github.com/woltapp/blurhash (Algorithm.md)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import cos, pi
from typing import Final

from app.imaging.cielab import Triple, clipped, encoded, linear

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def encode(samples: bytes, size: tuple[int, int], *, across: int = 4, down: int = 3) -> str:
    """Return the hash of RGB ``samples``, row by row, from ``across`` times ``down`` waves, 1..9 each."""
    lights = [linear(value / 255) for value in range(256)]
    waves = [_wave(samples, size, lights, x, y) for y, x in product(range(down), range(across))]
    average, rest = waves[0], waves[1:]
    strongest = max((abs(part) for wave in rest for part in wave), default=0.0)
    scale = max(0, min(82, int(strongest * 166 - 0.5)))
    most = (scale + 1) / 166
    head = _digits(across - 1 + 9 * (down - 1), 1) + _digits(scale, 1) + _digits(_average(average), 4)
    return head + "".join(_digits(_difference(wave, most), 2) for wave in rest)


def _wave(samples: bytes, size: tuple[int, int], lights: Sequence[float], x: int, y: int) -> Triple:
    """Return how strongly each channel follows a cosine of x half periods across and y down."""
    width, height = size
    horizontal = [cos(pi * x * column / width) for column in range(width)]
    sums = [0.0, 0.0, 0.0]
    for row in range(height):
        vertical = cos(pi * y * row / height)
        line = samples[3 * width * row : 3 * width * (row + 1)]
        for channel in range(3):
            parts = line[channel::3]
            sums[channel] += vertical * sum(h * lights[part] for h, part in zip(horizontal, parts, strict=True))
    weight = (1 if x == y == 0 else 2) / (width * height)
    return sums[0] * weight, sums[1] * weight, sums[2] * weight


def _average(light: Triple) -> int:
    red, green, blue = (int(encoded(clipped(part)) * 255 + 0.5) for part in light)
    return (red << 16) + (green << 8) + blue


def _difference(wave: Triple, most: float) -> int:
    red, green, blue = (_quantized(part / most) for part in wave)
    return (red * 19 + green) * 19 + blue


def _quantized(value: float) -> int:
    root = abs(value) ** 0.5
    return max(0, min(18, int((root if value >= 0 else -root) * 9 + 9.5)))


def _digits(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))
