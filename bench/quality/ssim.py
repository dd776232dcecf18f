"""Structural similarity of two images, and the ideal reduction that results are compared with, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.quality.as_shown import as_shown

Plane = NDArray[np.float64]


def reference(data: bytes, *, width: int, height: int | None = None, frame: int = 0) -> Plane:
    """Return luma, 0..255 in float64, of the full decode reduced by Lanczos3 with no rounding in between.

    Without ``height`` the aspect ratio is kept. Transparent pixels are composed over white. With a profile, colors
    outside sRGB are cut off after the reduction, so that neither order of converting and resizing is favored.
    """
    pixels, profile = _over_white(data, frame)
    height = height or round(pixels.shape[0] * width / pixels.shape[1])
    if not profile:
        return _reduced(_luma(pixels), width, height)
    channels = as_shown(pixels, profile)
    reduced = np.stack([_reduced(channels[:, :, index], width, height) for index in range(3)], axis=2)
    return _luma(np.clip(reduced, 0, 255))


def luma(data: bytes, *, frame: int = 0) -> Plane:
    """Return luma, 0..255 in float64, of one frame of an encoded image as it is shown, composed over white."""
    pixels, profile = _over_white(data, frame)
    return _luma(np.clip(as_shown(pixels, profile), 0, 255) if profile else pixels)


def ssim(one: Plane, other: Plane) -> float:
    """Return the mean structural similarity of two planes of equal size and range 255.

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural
    similarity", 2004: Gaussian window of 11×11 with deviation 1.5, K1 = 0.01, K2 = 0.03.
    Raises ValueError for planes of different sizes.
    """
    if one.shape != other.shape:
        raise ValueError(f"expected planes of one size, received {one.shape} and {other.shape}")
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean1, mean2 = _window(one), _window(other)
    variance1 = _window(one * one) - mean1 * mean1
    variance2 = _window(other * other) - mean2 * mean2
    covariance = _window(one * other) - mean1 * mean2
    numerator = (2 * mean1 * mean2 + c1) * (2 * covariance + c2)
    denominator = (mean1 * mean1 + mean2 * mean2 + c1) * (variance1 + variance2 + c2)
    return float(np.mean(numerator / denominator))


def _over_white(data: bytes, frame: int) -> tuple[Plane, bytes | None]:
    """Return the RGB of a frame, 0..255, and the profile."""
    with Image.open(BytesIO(data)) as image:
        image.seek(frame)
        profile: bytes | None = image.info.get("icc_profile")
        if not image.has_transparency_data:
            return np.asarray(image.convert("RGB"), dtype=np.float64), profile
        pixels = np.asarray(image.convert("RGBA"), dtype=np.float64)
    alpha = pixels[:, :, 3:] / 255
    return pixels[:, :, :3] * alpha + 255 * (1 - alpha), profile


def _luma(pixels: Plane) -> Plane:
    plane: Plane = pixels @ np.array([0.299, 0.587, 0.114])
    return plane


def _window(plane: Plane) -> Plane:
    weights = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weights /= weights.sum()
    for _ in range(2):
        plane = np.lib.stride_tricks.sliding_window_view(plane, 11, axis=0) @ weights
        plane = plane.swapaxes(0, 1)
    return plane


def _reduced(plane: Plane, width: int, height: int) -> Plane:
    return _reduce(_reduce(plane, width).swapaxes(0, 1), height).swapaxes(0, 1)


def _reduce(pixels: Plane, size: int) -> Plane:
    """Return ``pixels``, rows by columns, reduced to ``size`` columns."""
    columns = [pixels[:, first : first + len(w)] @ w for first, w in _taps(pixels.shape[1], size)]
    return np.stack(columns, axis=1)


def _taps(source: int, size: int) -> Iterator[tuple[int, Plane]]:
    """Yield, for each column of the result, the first source column it uses and the weights from there on."""
    scale = source / size
    for index in range(size):
        center = (index + 0.5) * scale
        first, last = max(0, math.ceil(center - 3 * scale - 0.5)), min(source, math.floor(center + 3 * scale + 0.5))
        distance = (np.arange(first, last) + 0.5 - center) / scale
        weights = np.sinc(distance) * np.sinc(distance / 3)
        yield first, weights / weights.sum()
