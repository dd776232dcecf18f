"""Pixels in the primaries of an embedded profile as sRGB, in float64: what a browser shows, before it is cut off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The colorants of sRGB in the connection space of ICC, which is D50: http://www.brucelindbloom.com/index.html?WorkingSpaceInfo.html
_SRGB_D50 = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)


def as_shown(pixels: Array, profile: bytes) -> Array:
    """Return RGB in sRGB, where 0..255 is what it can show; colors outside it are below and above.

    The profile has the primaries of ICC.1 (``rXYZ``, ``gXYZ``, ``bXYZ``); its curve is taken for that of sRGB, which
    is the one of Display P3. Raises ValueError for a profile without primaries.
    """
    colorants = np.stack([_colorant(profile, name) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    shown = linear(pixels / 255) @ (np.linalg.inv(_SRGB_D50) @ colorants).T
    return 255 * np.sign(shown) * _encoded(np.abs(shown))


def _colorant(profile: bytes, name: bytes) -> Array:
    """Return X, Y and Z of one primary."""
    tags = {profile[at : at + 4]: profile[at + 4 : at + 12] for at in range(132, 132 + 12 * profile[131], 12)}
    if name not in tags:
        raise ValueError("expected a profile with primaries")
    at = int.from_bytes(tags[name][:4], "big") + 8
    return np.frombuffer(profile[at : at + 12], ">i4").astype(np.float64) / 65536


def linear(values: Array) -> Array:
    """Return the light that samples of sRGB stand for, both 0..1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _encoded(values: Array) -> Array:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
