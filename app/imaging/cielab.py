"""Converts single colors between linear light, sRGB and CIELAB under D65 (CIE 15:2004, IEC 61966-2-1)."""

from __future__ import annotations

from typing import Final

Triple = tuple[float, float, float]

_WHITE: Final = (0.95047, 1.0, 1.08883)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


def linear(value: float) -> float:
    """Return the linear light, 0..1, of an sRGB sample of 0..1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def encoded(light: float) -> float:
    """Return the sRGB sample, 0..1, of linear light of 0..1."""
    return 12.92 * light if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)


def clipped(value: float) -> float:
    """Return the value that is nearest in 0..1."""
    return min(max(value, 0.0), 1.0)


def to_xyz(red: float, green: float, blue: float) -> Triple:
    """Return CIE XYZ, with Y of 0..1, of linear light."""
    return (
        0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        0.0193339 * red + 0.1191920 * green + 0.9503041 * blue,
    )


def to_lab(red: float, green: float, blue: float) -> Triple:
    """Return L* of 0..100, a* and b* of linear light."""
    x, y, z = (_root(part / white) for part, white in zip(to_xyz(red, green, blue), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(value: float) -> float:
    return float(value ** (1 / 3)) if value > _EPSILON else (_KAPPA * value + 16) / 116


def to_srgb(light: float, a: float, b: float) -> Triple:
    """Return sRGB samples of 0..1, clipped where sRGB has no such color."""
    middle = (light + 16) / 116
    x, y, z = _cube(middle + a / 500) * _WHITE[0], _cube(middle), _cube(middle - b / 200) * _WHITE[2]
    red = encoded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z)
    green = encoded(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z)
    blue = encoded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)
    return clipped(red), clipped(green), clipped(blue)


def _cube(value: float) -> float:
    cubed = value**3
    return cubed if cubed > _EPSILON else (116 * value - 16) / _KAPPA
