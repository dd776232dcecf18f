"""Converts single colors between linear light, sRGB and CIELAB under D65 (CIE 15:2004, IEC 61966-2-1)."""

from __future__ import annotations

from typing import Final

Triple = tuple[float, float, float]

_WHITE: Final = (0.95047, 1.0, 1.08883)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


def linear(value: float) -> float:
    """Return the linear light, 0..1, of an sRGB sample of 0..1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def to_lab(red: float, green: float, blue: float) -> Triple:
    """Return L* of 0..100, a* and b* of linear light."""
    x = _root((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / _WHITE[0])
    y = _root(0.2126729 * red + 0.7151522 * green + 0.0721750 * blue)
    z = _root((0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / _WHITE[2])
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(value: float) -> float:
    return float(value ** (1 / 3)) if value > _EPSILON else (_KAPPA * value + 16) / 116


def to_srgb(light: float, a: float, b: float) -> Triple:
    """Return sRGB samples of 0..1, clipped where sRGB has no such color."""
    middle = (light + 16) / 116
    x, y, z = _cube(middle + a / 500) * _WHITE[0], _cube(middle), _cube(middle - b / 200) * _WHITE[2]
    return (
        _encoded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
        _encoded(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
        _encoded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
    )


def _cube(value: float) -> float:
    cubed = value**3
    return cubed if cubed > _EPSILON else (116 * value - 16) / _KAPPA


def _encoded(value: float) -> float:
    if value <= 0.0031308:
        return max(0.0, 12.92 * value)
    return float(min(1.0, 1.055 * value ** (1 / 2.4) - 0.055))
