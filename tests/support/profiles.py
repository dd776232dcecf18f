"""Builds small ICC profiles in code: ICC.1:2010, sections 7 and 10."""

from __future__ import annotations

import struct

Primaries = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

NAME = "drawn in a test"
# XYZ of the D50-adapted primaries: Adobe RGB (1998), section 4.3; ROMM RGB (ISO 22028-2); sRGB; Display P3.
ADOBE: Primaries = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
ROMM: Primaries = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))
SRGB: Primaries = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
P3: Primaries = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))


def rgb(gamma: float = 2.2, primaries: Primaries = P3, *, name: str = NAME) -> bytes:
    """Return a matrix profile with these primaries and one gamma."""
    tags = {name: _xyz(*values) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    curves = {name: _curve(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")}
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**tags, **curves}, name=name)


def with_elements(name: bytes = b"D2B0") -> bytes:
    """Return the same profile with a tag of one element, a matrix, by which every color is black."""
    tags = {name: _xyz(*values) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3, strict=True)}
    curves = {name: _curve(2.2) for name in (b"rTRC", b"gTRC", b"bTRC")}
    matrix = b"matf\0\0\0\0" + struct.pack(">HH12f", 3, 3, *[0.0] * 12)
    elements = b"mpet\0\0\0\0" + struct.pack(">HHIII", 3, 3, 1, 24, len(matrix)) + matrix
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**tags, **curves, name: elements})


def gray(gamma: float = 1.0) -> bytes:
    """Return a gray profile with one gamma."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk() -> bytes:
    """Return a CMYK profile under which every ink darkens the paper and none has a hue."""
    nodes = bytearray()
    for node in range(16):
        inks = sum(node >> bit & 1 for bit in range(4))
        nodes += bytes((255 - 60 * inks, 128, 128))
    identity = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if index in (0, 4, 8) else 0 for index in range(9)))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + identity * 4 + bytes(nodes) + identity * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut})


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes], *, name: str = NAME) -> bytes:
    desc = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" * 79
    tags = {b"desc": desc, b"wtpt": _xyz(0.9642, 1.0, 0.8249), **tags}
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, payload in tags.items():
        padded = payload + b"\0" * (-len(payload) % 4)
        table += tag + struct.pack(">II", at + len(body), len(payload))
        body += padded
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, kind, space, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (x, y, z)))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
