"""The perceived difference of two colors, CIEDE2000, in NumPy.

Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and
mathematical observations", 2005; the test compares with its published pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.quality.as_shown import linear

Array = NDArray[np.float64]


def lab(rgb: Array) -> Array:
    """Return CIELAB under D65 of sRGB samples of 0..255; channels are the last axis."""
    matrix = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = linear(rgb / 255) @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def ciede2000(one: Array, other: Array) -> Array:
    """Return the difference of each pair of CIELAB colors."""
    l1, a1, b1, l2, a2, b2 = *np.moveaxis(one, -1, 0), *np.moveaxis(other, -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    achromatic = c1 * c2 == 0
    turn = np.where(achromatic, 0.0, (h2 - h1 + 180) % 360 - 180)
    # hues 180° apart differ by as much either way; the paper takes the positive difference
    turn = np.where(~achromatic & (np.abs(h2 - h1) == 180), h2 - h1, turn)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    return _weighted(dl, dc, dh, (l1 + l2) / 2, (c1 + c2) / 2, _mean_hue(h1, h2, achromatic))


def _mean_hue(h1: Array, h2: Array, achromatic: Array) -> Array:
    total = h1 + h2
    far = np.abs(h1 - h2) > 180
    mean = np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
    return np.where(achromatic, total, mean)


def _weighted(dl: Array, dc: Array, dh: Array, light: Array, chroma: Array, hue: Array) -> Array:
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = rotation * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    light, chroma, hue = dl / sl, dc / sc, dh / sh
    return np.asarray(np.sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue))
