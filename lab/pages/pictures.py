"""Draws the pictures that the live page uploads; the lab's pages need no image library."""

from __future__ import annotations

from measurement.png import color_of, png_file


def png(width: int, height: int, number: int) -> bytes:
    """Return a PNG of two gradients in the colors of ``number``; another number is another picture."""
    red, green, blue = color_of(number)
    across = bytes(byte for x in range(width) for byte in ((red + x) & 0xFF, (green + x // 2) & 0xFF, blue))
    # filter 2 of PNG: each byte adds to the one above it, so that every row is a little brighter
    down = b"\x02" + bytes((0, 1, 1)) * width
    return png_file(width, height, [b"\x00" + across, *[down] * (height - 1)])
