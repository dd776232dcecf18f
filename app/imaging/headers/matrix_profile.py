"""Writes ICC profiles of three primaries and one tone curve: ICC.1:2022, section 8.4.3."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final

Chromaticity = tuple[float, float]
# Red, green, blue and white.
Primaries = tuple[Chromaticity, Chromaticity, Chromaticity, Chromaticity]
Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]

# From XYZ to the responses of cones (Bradford), in which one white is adapted to another.
_CONES: Final[Matrix] = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
# The white that profiles refer to.
_D50: Final[Vector] = (0.9642, 1.0, 0.8249)
# One node of the curve for each sample of 8 bits.
_NODES: Final = 256


def build(name: str, primaries: Primaries, curve: Callable[[float], float]) -> bytes:
    """Return the profile of ``primaries`` and of a curve that gives the light of a sample, both in 0..1.

    Raises ArithmeticError for primaries on one line, and a white without light.
    """
    adapted, colorants = _colorants(primaries)
    light = struct.pack(f">{_NODES}H", *(round(65535 * curve(index / (_NODES - 1))) for index in range(_NODES)))
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0" + struct.pack(">I", _NODES) + light)
    return _profile(
        {
            b"desc": _text(name),
            b"cprt": _text("CC0"),
            b"wtpt": _xyz(_D50),
            b"chad": b"sf32\0\0\0\0" + b"".join(map(_fixed, adapted)),
            **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, colorants), strict=True)),
            **curves,
        }
    )


def _colorants(primaries: Primaries) -> tuple[Matrix, Matrix]:
    """Return what adapts the white to D50, and the XYZ of red, green and blue under it."""
    red, green, blue, (x, y, z) = ((x, y, 1 - x - y) for x, y in primaries)
    white = x / y, 1.0, z / y
    before, after = _times(_CONES, white), _times(_CONES, _D50)
    scaled = tuple(_scaled(row, to / of) for row, to, of in zip(_CONES, after, before, strict=True))
    adapted = _transposed(tuple(_times(_inverse(_CONES), column) for column in _transposed(scaled)))
    shares = _times(_inverse(_transposed((red, green, blue))), white)
    colors = zip((red, green, blue), shares, strict=True)
    return adapted, tuple(_times(adapted, _scaled(color, share)) for color, share in colors)


def _profile(tags: Mapping[bytes, bytes]) -> bytes:
    """Return a profile for displays; tags with the same content share it."""
    at, places, body = 128 + 4 + 12 * len(tags), {}, b""
    for content in tags.values():
        if content not in places:
            places[content] = at + len(body)
            body += content + bytes(-len(content) % 4)
    table = b"".join(name + struct.pack(">II", places[content], len(content)) for name, content in tags.items())
    head = struct.pack(">I4sI4s4s4s12x4s28x", at + len(body), b"", 0x04400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (head + _fixed(_D50)).ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(encoded), 28) + encoded


def _xyz(vector: Vector) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(vector)


def _fixed(vector: Vector) -> bytes:
    return struct.pack(">3i", *(round(65536 * part) for part in vector))


def _transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _scaled(vector: Vector, by: float) -> Vector:
    return tuple(by * part for part in vector)


def _times(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse by cross products of the rows; raises ZeroDivisionError when there is none."""
    first, second, third = matrix
    crossed = _cross(second, third), _cross(third, first), _cross(first, second)
    volume = sum(a * b for a, b in zip(first, crossed[0], strict=True))
    if abs(volume) < 1e-9:
        raise ZeroDivisionError
    return _transposed(tuple(_scaled(row, 1 / volume) for row in crossed))


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
