"""Resampling in float64, to judge two resamplers by, random images and boxes to try them on, and which one is here."""

from __future__ import annotations

import math
import platform
import random
import sys
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

from app.imaging.bands import Box
from app.imaging.native_resampler import MODES

Samples = NDArray[np.float64]
SUPPORTS: Final = {Resampling.LANCZOS: 3.0, Resampling.BICUBIC: 2.0, Resampling.BOX: 0.5}
# A side of 8192 is the longest that a result may have.
EXTREMES: Final = ((1, 8192), (8192, 1), (2, 4099), (1, 1))
# as in requirements-lambda.in: elsewhere a library that is missing, or does not load, is a failure
_HAS_WHEEL: Final = sys.platform != "linux" or platform.machine() == "x86_64"
needs_library = pytest.mark.skipif(not _HAS_WHEEL, reason="cykooz-resizer has no wheel for this platform")


def exact(image: Image.Image, box: Box, size: tuple[int, int], filter: Resampling) -> Samples:
    """Return what ``shown`` returns of the ideal result, not rounded before it is clipped."""
    samples = np.asarray(image, dtype=np.float64)
    samples = samples[..., None] if samples.ndim == 2 else samples
    if image.mode == "RGBA":
        samples = np.concatenate((samples[..., :3] * samples[..., 3:] / 255, samples[..., 3:]), axis=2)
    down = _weights(image.height, box[1], box[3], size[1], filter)
    across = _weights(image.width, box[0], box[2], size[0], filter)
    made = np.clip(np.einsum("yj,jib,xi->yxb", down, samples, across, optimize=True), 0, 255)
    return _composed(made) if image.mode == "RGBA" else made


def shown(image: Image.Image) -> Samples:
    """Return the samples; with alpha, the colors over black and over white, because the rest cannot be seen."""
    samples = np.asarray(image, dtype=np.float64)
    samples = samples[..., None] if samples.ndim == 2 else samples
    if image.mode != "RGBA":
        return samples
    return np.rint(_composed(np.concatenate((samples[..., :3] * samples[..., 3:] / 255, samples[..., 3:]), axis=2)))


def _composed(premultiplied: Samples) -> Samples:
    colors, alpha = premultiplied[..., :3], premultiplied[..., 3:]
    return np.concatenate((colors, colors + 255 - alpha), axis=2)


def _weights(source: int, begin: float, end: float, count: int, filter: Resampling) -> Samples:
    """Return a row of weights per sample of the result."""
    scale = (end - begin) / count
    stretch = max(scale, 1.0)
    support = SUPPORTS[filter] * stretch
    centers = begin + (np.arange(count)[:, None] + 0.5) * scale
    at = np.arange(source)
    used = (at >= np.trunc(centers - support + 0.5)) & (at < np.trunc(centers + support + 0.5))
    weights = np.zeros(used.shape)
    weights[used] = _weight(filter, ((at - centers + 0.5) / stretch)[used])
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _weight(filter: Resampling, x: Samples) -> Samples:
    if filter is Resampling.BOX:
        return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)
    x = abs(x)
    if filter is Resampling.LANCZOS:
        return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0.0)
    outer = np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0.0)
    return np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, outer)


def random_image(draw: random.Random, size: tuple[int, int], *, calm: bool = False) -> Image.Image:
    """Return noise or ramps of any mode, in memory of its own or in that of another.

    A ``calm`` image has samples of 80 to 175, so that no filter rings beyond 0 and 255.
    """
    mode = draw.choice(sorted(MODES))
    samples = _samples(draw, size, mode)
    return _MEMORIES[draw.choice(sorted(_MEMORIES))](80 + samples // 8 * 3 if calm else samples, mode)


def _samples(draw: random.Random, size: tuple[int, int], mode: str) -> NDArray[np.uint8]:
    noise = np.random.default_rng(draw.randrange(2**32))
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], len(mode))
    if draw.random() < 0.5:
        return noise.integers(0, 256, shape, np.uint8)
    ramp = np.linspace(0, 255, size[0])[None, :] + noise.normal(0, 20, size[1])[:, None]
    smooth = ramp if mode == "L" else np.stack([np.roll(ramp, 7 * band, axis=1) for band in range(len(mode))], axis=2)
    return np.clip(smooth, 0, 255).astype(np.uint8)


def _own(samples: NDArray[np.uint8], mode: str) -> Image.Image:
    return (
        Image.fromarray(samples).copy() if mode != "CMYK" else Image.frombytes(mode, _size(samples), samples.tobytes())
    )


def _cut(samples: NDArray[np.uint8], mode: str) -> Image.Image:
    """Return a part of a larger image."""
    padding = ((3, 5), (7, 2)) if samples.ndim == 2 else ((3, 5), (7, 2), (0, 0))
    width, height = _size(samples)
    return _own(np.pad(samples, padding, mode="edge"), mode).crop((7, 3, 7 + width, 3 + height))


def _readonly(samples: NDArray[np.uint8], mode: str) -> Image.Image:
    """Return an image over bytes that it must not change, where Pillow can share them."""
    if mode == "RGB":  # Pillow keeps four bytes a pixel, so RGB cannot be shared
        return _own(samples, mode)
    return Image.frombuffer(mode, _size(samples), samples.tobytes(), "raw", mode, 0, 1)


def _size(samples: NDArray[np.uint8]) -> tuple[int, int]:
    return samples.shape[1], samples.shape[0]


_MEMORIES: Final[Mapping[str, Callable[[NDArray[np.uint8], str], Image.Image]]] = {
    "own": _own,
    "cut": _cut,
    "readonly": _readonly,
}


def random_size(draw: random.Random) -> tuple[int, int]:
    """Return sides of 1 to 300, now and then an extreme."""
    return draw.choice(EXTREMES) if draw.random() < 0.1 else (draw.randint(1, 300), draw.randint(1, 300))


def random_box(draw: random.Random, size: tuple[int, int], filter: Resampling) -> Box:
    """Return a box that is not empty, often up to the edges or within a hair of them.

    For the box filter it is the whole image: at a hair from an edge, a pixel is all in or all out.
    """
    (left, right), (top, bottom) = (_span(draw, side) for side in size)
    return (0, 0, *size) if filter is Resampling.BOX else (left, top, right, bottom)


def _span(draw: random.Random, side: int) -> tuple[float, float]:
    begin = draw.choice((0.0, 1e-9, math.ulp(0.5), draw.uniform(0, side - 0.5), float(draw.randrange(side))))
    end = draw.choice((float(side), math.nextafter(side, 0), side - 1e-9, draw.uniform(begin, side)))
    return (begin, end) if end - begin > 1e-3 else (0.0, float(side))
