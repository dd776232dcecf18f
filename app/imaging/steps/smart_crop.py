"""Searches for the part of an image to keep: ``entropy`` for the most varied, ``attention`` for the most striking.

Both follow libvips, and so sharp; attention goes back to https://github.com/jwagner/smartcrop.js
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, exp, hypot
from typing import Final

from PIL import Image
from PIL.Image import Resampling

from app.imaging.cielab import Triple, linear, to_lab, to_xyz
from app.imaging.resample import resample
from app.imaging.steps.flatten import flatten

Share = tuple[Fraction, Fraction]
Grid = list[list[float]]

# Entropy cuts off slices of an eighth of what has to go. Attention scores a square with sides of this many pixels.
_STEPS: Final = 8
_SIDE: Final = 32
# The direction of skin colors in CIE XYZ, and the Y below which nothing is skin.
_SKIN: Final = (0.78, 0.57, 0.44)
_DARK: Final = 0.05


def find(image: Image.Image, kept: tuple[float, float], gravity: str) -> Share:
    """Return where the kept part lies: the share, 0..1 each, of the rest that is left of and above it.

    ``kept`` is its width and height as shares of those of the image, which is of mode L, LA, RGB or RGBA, and no
    longer than ``searched_size`` makes it for entropy.
    """
    over_black = flatten(image, "000000ff", alpha=False).convert("RGB")
    return _entropy(over_black, kept) if gravity == "entropy" else _attention(over_black, kept)


def _entropy(image: Image.Image, kept: tuple[float, float]) -> Share:
    """Return the place that is left when the less varied of two opposite slices is cut away, again and again."""
    target = tuple(max(1, round(share * side)) for share, side in zip(kept, image.size, strict=True))
    box = [0, 0, *image.size]
    most = max(ceil((side - want) / _STEPS) for side, want in zip(image.size, target, strict=True))
    while box[2] - box[0] > target[0] or box[3] - box[1] > target[1]:
        for axis in (0, 1):
            cut = min(box[axis + 2] - box[axis] - target[axis], most)
            if cut > 0:
                _narrow(image, box, axis, cut)
    return _share(box[0], image.width - target[0]), _share(box[1], image.height - target[1])


def _narrow(image: Image.Image, box: list[int], axis: int, cut: int) -> None:
    first, last = box.copy(), box.copy()
    first[axis + 2], last[axis] = box[axis] + cut, box[axis + 2] - cut
    if _entropy_of(image, first) < _entropy_of(image, last):
        box[axis] += cut
    else:
        box[axis + 2] -= cut


def _entropy_of(image: Image.Image, box: list[int]) -> float:
    return image.crop((box[0], box[1], box[2], box[3])).entropy()


def _attention(image: Image.Image, kept: tuple[float, float]) -> Share:
    """Return the place around the most striking point: edges, skin, and strong colors."""
    small = resample(image, (0, 0, *image.size), (_SIDE, _SIDE), Resampling.BOX)
    scores = _blurred(_scores(small), max(1.0, hypot(kept[0] * _SIDE, kept[1] * _SIDE) / 10))
    _, y, x = max((score, -y, -x) for y, row in enumerate(scores) for x, score in enumerate(row))
    return _around(-x, kept[0]), _around(-y, kept[1])


def _around(best: int, kept: float) -> Fraction:
    left = min(max((best + 0.5) / _SIDE - kept / 2, 0.0), 1 - kept)
    return Fraction(left / (1 - kept)).limit_denominator(100_000) if kept < 1 else Fraction(1, 2)


def _scores(image: Image.Image) -> Grid:
    samples = image.tobytes()
    lights = [tuple(linear(part / 255) for part in samples[at : at + 3]) for at in range(0, len(samples), 3)]
    points = [to_xyz(*light) for light in lights]
    chroma = [hypot(*to_lab(*light)[1:]) for light in lights]
    found: Grid = []
    for y in range(_SIDE):
        row = range(y * _SIDE, (y + 1) * _SIDE)
        found.append([_edge(points, at) + _striking(points[at], chroma[at]) for at in row])
    return found


def _edge(points: list[Triple], at: int) -> float:
    y, x = divmod(at, _SIDE)
    around = ((max(y - 1, 0), x), (min(y + 1, _SIDE - 1), x), (y, max(x - 1, 0)), (y, min(x + 1, _SIDE - 1)))
    return 500 * abs(4 * points[at][1] - sum(points[row * _SIDE + column][1] for row, column in around))


def _striking(point: Triple, chroma: float) -> float:
    if point[1] <= _DARK:
        return 0.0
    length = hypot(*point)
    away = hypot(*(part / length - skin for part, skin in zip(point, _SKIN, strict=True)))
    return 100 - 100 * away + chroma


def _blurred(grid: Grid, sigma: float) -> Grid:
    reach = ceil(1.8 * sigma)
    weights = [exp(-0.5 * (step / sigma) ** 2) for step in range(-reach, reach + 1)]
    for _ in range(2):
        grid = [_smoothed(row, weights, reach) for row in grid]
        grid = [list(column) for column in zip(*grid, strict=True)]
    return grid


def _smoothed(row: list[float], weights: list[float], reach: int) -> list[float]:
    last = len(row) - 1
    return [
        sum(weight * row[min(max(at + step - reach, 0), last)] for step, weight in enumerate(weights))
        for at in range(len(row))
    ]


def _share(part: int, free: int) -> Fraction:
    return Fraction(part, free) if free > 0 else Fraction(1, 2)
