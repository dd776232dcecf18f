"""Writes APNGs of 16×16 pixels chunk by chunk, whole ones and broken ones."""

from __future__ import annotations

import struct
import zlib

from tests.support.drawing import chunk

SIDE = 16
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
Color = tuple[int, int, int]


def file(*chunks: bytes) -> bytes:
    """Return a PNG of opaque colors."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def announced(frames: int) -> bytes:
    """Return the chunk that announces an animation."""
    return chunk(b"acTL", struct.pack(">II", frames, 0))


def control(number: int, box: tuple[int, int, int, int] = (0, 0, SIDE, SIDE), *, dispose: int = 0) -> bytes:
    """Return the control of a frame of 50 ms; ``box`` is left, top, width, height."""
    left, top, width, height = box
    return chunk(b"fcTL", struct.pack(">5I2H2B", number, width, height, left, top, 5, 100, dispose, 0))


def still(color: Color = RED) -> bytes:
    """Return the pixels of the default image."""
    return chunk(b"IDAT", _pixels((SIDE, SIDE), color))


def pixels(number: int, color: Color, size: tuple[int, int] = (SIDE, SIDE)) -> bytes:
    """Return the pixels of a frame."""
    return chunk(b"fdAT", struct.pack(">I", number) + _pixels(size, color))


def _pixels(size: tuple[int, int], color: Color) -> bytes:
    return zlib.compress(b"".join(b"\0" + bytes(color) * size[0] for _ in range(size[1])))
