"""Reads what an ICC profile says of itself, and whether it is sRGB: ICC.1:2022. Loads no color engine."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final

from app.imaging.cielab import encoded

# The modes that profiles are for, by the signature of their color space: table 19.
_MODES: Final = {b"GRAY": ("L", "LA"), b"RGB ": ("L", "LA", "RGB", "RGBA"), b"CMYK": ("CMYK",)}
# The XYZ of the primaries of sRGB under D50, and how far profiles that mean it were seen to stray.
_SRGB: Final = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.7141),
}
_STRAY: Final = 0.0012
# Where tone curves are compared, and by how much a sample of 0..1 may differ: a little over half a step of 8 bits.
_COMPARED: Final = (0.0, 0.03, 0.06, 0.12, 0.25, 0.4, 0.6, 0.8, 1.0)
_STEP: Final = 0.6 / 255
# The longest tag that is read, in bytes: a curve of as many nodes as fit.
_MOST: Final = 1 << 18
_CURVES: Final = (b"rTRC", b"gTRC", b"bTRC")
# Tags of multiProcessElements (section 10.16), and how many tags are read, as by Little CMS.
_ELEMENTS: Final = frozenset(name + number for name in (b"D2B", b"B2D") for number in (b"0", b"1", b"2", b"3"))
_MOST_TAGS: Final = 100
# How many parameters each type of parametric curve has: section 10.18.
_PARAMETERS: Final = (1, 3, 4, 5, 7)


def usable(profile: bytes) -> bytes:
    """Return the profile, or nothing if it is none (section 7.2)."""
    return profile if len(profile) > 132 and profile[36:40] == b"acsp" else b""


def fits(profile: bytes, mode: str) -> bool:
    """Return whether the profile is for samples of this mode; those of gray may have one for RGB."""
    return mode in _MODES.get(profile[16:20], ())


def is_for_rgb(profile: bytes) -> bool:
    """Return whether the profile is for RGB."""
    return profile[16:20] == b"RGB "


def is_srgb(profile: bytes) -> bool:
    """Return whether no sample of 8 bits would change by more than a step; a profile's name says nothing about it."""
    try:
        places = _places(profile)
        # a table takes precedence over matrix and curves
        if not is_for_rgb(profile) or b"A2B0" in places:
            return False
        near = all(_near(profile[places[name]], xyz) for name, xyz in _SRGB.items())
        return near and all(_is_srgb_curve(curve) for curve in {profile[places[name]] for name in _CURVES})
    except (struct.error, LookupError, ArithmeticError, ValueError, TypeError):
        return False


def without_elements(profile: bytes) -> bytes:
    """Return the profile as a color engine without multiProcessElements sees it: their tags have names it ignores.

    A hostile tag of 84 KB has a thousand of them, and Little CMS would take each of 36,000 colors through all, for 7 s.
    Every profile with them has other tags too (section 8), which browsers use.
    """
    (count,) = struct.unpack_from(">I", profile, 128)
    rows = range(132, min(132 + 12 * min(count, _MOST_TAGS), len(profile)), 12)
    places = [at for at in rows if profile[at : at + 4] in _ELEMENTS]
    if not places:
        return profile
    renamed = bytearray(profile)
    for at in places:
        # the other letters stay, so that no name occurs twice
        renamed[at : at + 1] = b"x"
    return bytes(renamed)


def description(profile: bytes) -> str | None:
    """Return the name of the profile (section 9.2.41), None when there is none that can be read."""
    try:
        return _text(profile[_places(profile)[b"desc"]])
    except (struct.error, LookupError, ValueError):
        return None


def _places(profile: bytes) -> Mapping[bytes, slice]:
    """Return where the first hundred tags are, by their signature."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * index) for index in range(min(count, _MOST_TAGS)))
    return {name: slice(at, at + min(size, _MOST)) for name, at, size in entries}


def _text(tag: bytes) -> str | None:
    if tag[:4] == b"mluc":
        length, at = struct.unpack_from(">II", tag, 20)
        text = tag[at : at + length].decode("utf-16-be", "replace")
    else:
        (length,) = struct.unpack_from(">I", tag, 8)
        text = tag[12 : 12 + length].decode("ascii", "replace")
    return text.strip("\0 ")[:200] or None


def _near(tag: bytes, xyz: tuple[float, float, float]) -> bool:
    found = struct.unpack_from(">3i", tag, 8)
    return all(abs(got / 65536 - want) <= _STRAY for got, want in zip(found, xyz, strict=True))


def _is_srgb_curve(tag: bytes) -> bool:
    curve = _parametric(tag) if tag[:4] == b"para" else _sampled(tag)
    return all(abs(encoded(curve(place)) - place) <= _STEP for place in _COMPARED)


def _sampled(tag: bytes) -> Callable[[float], float]:
    """Return the curve of a curveType (section 10.6): the share of light for a sample, both in 0..1."""
    (count,) = struct.unpack_from(">I", tag, 8)
    count = min(count, 1 << 16)
    if count < 2:
        gamma = struct.unpack_from(">H", tag, 12)[0] / 256 if count else 1.0
        return lambda sample: float(sample**gamma)
    nodes = struct.unpack_from(f">{count}H", tag, 12)

    def between(sample: float) -> float:
        index, rest = divmod(sample * (count - 1), 1)
        low = int(index)
        return float(nodes[low] + rest * (nodes[min(low + 1, count - 1)] - nodes[low])) / 65535

    return between


def _parametric(tag: bytes) -> Callable[[float], float]:
    """Return the curve of a parametricCurveType (section 10.18)."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    count = _PARAMETERS[kind]
    given = [number / 65536 for number in struct.unpack_from(f">{count}i", tag, 12)]
    g, a, b, c, d, e, f = given + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0][count - 1 :]
    if kind in (1, 2):
        d, e, c, f = -b / a, c, 0.0, c
    return lambda sample: float((a * sample + b) ** g + e if sample >= d else c * sample + f)
