"""Draws pictures whose subject is off center, to compare smart crops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

SIZES = ((640, 420), (420, 640), (800, 360), (500, 500))
PER_SET = 8


def scene_sets() -> Iterator[tuple[str, list[Image.Image]]]:
    """Yield the name and the pictures of each set."""
    for index, (name, draw) in enumerate((("subject", _subject), ("person", _person), ("horizon", _horizon))):
        yield name, [draw(np.random.default_rng(1000 * index + seed), SIZES[seed % 4]) for seed in range(PER_SET)]


def crop_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the crop from a picture of ``size``: flat from a square one, square from others."""
    return (200, 80) if size[0] == size[1] else (160, 160)


def _background(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return a soft gradient of dull colors with a little grain."""
    low, high = rng.uniform(60, 120, 3), rng.uniform(100, 170, 3)
    along = np.linspace(0, 1, size[0])[None, :, None] * rng.uniform(0, 1)
    down = np.linspace(0, 1, size[1])[:, None, None] * rng.uniform(0, 1)
    return low + (high - low) * (along + down) / 2 + rng.normal(0, 2, (size[1], size[0], 1))


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _subject_place(rng: np.random.Generator, size: tuple[int, int]) -> tuple[float, float, float]:
    """Return x, y and radius of a subject that is nearer to an edge than to the middle, both ways."""
    radius = min(size) * rng.uniform(0.16, 0.24)
    share = [float(rng.choice((rng.uniform(0.15, 0.3), rng.uniform(0.7, 0.85)))) for _ in size]
    return size[0] * share[0], size[1] * share[1], radius


def _subject(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Draw a strongly colored, finely patterned subject on a dull background."""
    image = _image(_background(rng, size))
    x, y, radius = _subject_place(rng, size)
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        color = tuple(int(part) for part in rng.choice((20, 230), 3))
        dx, dy = rng.normal(0, radius / 2.5, 2)
        side = radius * rng.uniform(0.1, 0.35)
        pen.ellipse((x + dx - side, y + dy - side, x + dx + side, y + dy + side), fill=color)
    return image


def _person(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Draw a face with eyes and mouth over a colored body, on a dull, blurred background."""
    image = _image(_background(rng, size)).filter(ImageFilter.GaussianBlur(4))
    x, y, radius = _subject_place(rng, size)
    pen = ImageDraw.Draw(image)
    body = tuple(int(part) for part in rng.integers(40, 160, 3))
    pen.rectangle((x - radius, y + radius, x + radius, max(size[1], y + radius)), fill=body)
    pen.ellipse((x - 0.75 * radius, y - radius, x + 0.75 * radius, y + radius), fill=(222, 168, 130))
    for side in (-1, 1):
        pen.ellipse(
            (x + side * radius * 0.3 - 6, y - radius * 0.2 - 4, x + side * radius * 0.3 + 6, y - radius * 0.2 + 4),
            fill=(40, 30, 30),
        )
    pen.line((x - radius * 0.3, y + radius * 0.5, x + radius * 0.3, y + radius * 0.5), fill=(150, 50, 60), width=5)
    return image


def _horizon(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Draw a smooth sky, and rough, colorful land over one end of the picture."""
    pixels = _background(rng, size) + np.array((10.0, 30.0, 60.0))
    rough = rng.normal(0, 1, (size[1], size[0], 3)) * 45 + np.array((20.0, 10.0, -60.0))
    axis = 0 if size[1] > size[0] else 1
    position = np.linspace(0, 1, size[1 - axis])
    share = 1 / (1 + np.exp((position - rng.uniform(0.3, 0.4)) * 60))
    share = share if rng.integers(2) else share[::-1]
    return _image(pixels + rough * (share[:, None, None] if axis == 0 else share[None, :, None]))
