"""Composes the frames of an APNG: https://www.w3.org/TR/png-3/#apng-frame-based-animation

Each frame is handed to the PNG decoder as a still image of its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from app.imaging import color_mode, plugins
from app.imaging.codecs import canvas, png
from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header
from app.imaging.headers.png import coloring
from app.imaging.headers.png_chunks import Chunk, chunks

# Values of dispose_op and blend_op.
_BACKGROUND, _PREVIOUS = 1, 2
_OVER: Final = 1


class StoredFrame(msgspec.Struct, frozen=True):
    """One frame as stored: its box on the canvas, its duration in milliseconds, dispose_op, blend_op, coded pixels."""

    box: tuple[int, int, int, int]
    duration: float
    dispose: int
    blend: int
    pixels: bytes


def compose(data: bytes, header: Header) -> Iterator[Frame]:
    """Yield each frame as it is shown, RGBA if the header states alpha, else RGB.

    Raises whatever the decoder or ``struct`` raises on broken chunks.
    """
    return canvas.composed(_layers(data, header), header)


def _layers(data: bytes, header: Header) -> Iterator[canvas.CanvasLayer]:
    parts = list(chunks(data))
    for stored in _stored_frames(data, parts):
        pixels = _still(data, parts, stored)
        still = plugins.open_image(pixels, "png")
        still.load()
        yield canvas.CanvasLayer(
            image=color_mode.plain(png.keyed(plugins.detached(still), pixels, header), header),
            box=stored.box,
            duration=stored.duration,
            clear=stored.dispose == _BACKGROUND,
            restore=stored.dispose == _PREVIOUS,
            over=stored.blend == _OVER,
        )


def _stored_frames(data: bytes, parts: list[Chunk]) -> Iterator[StoredFrame]:
    """Yield the frames in file order; pixels before the first frame control chunk belong to no frame."""
    control, pixels = b"", bytearray()
    for part in parts:
        if part.name in (b"fcTL", b"IEND") and control:
            yield _stored_frame(control, bytes(pixels))
        if part.name == b"fcTL":
            control, pixels = part.payload(data), bytearray()
        elif part.name in (b"IDAT", b"fdAT"):
            pixels += part.payload(data)[0 if part.name == b"IDAT" else 4 :]


def _stored_frame(control: bytes, pixels: bytes) -> StoredFrame:
    _, width, height, x, y, delay, unit, dispose, blend = struct.unpack(">5I2H2B", control)
    return StoredFrame((x, y, x + width, y + height), 1000 * delay / (unit or 100), dispose, blend, pixels)


def _still(data: bytes, parts: list[Chunk], stored: StoredFrame) -> bytes:
    """Return a PNG of one frame alone, with the palette and the transparent colors of the file."""
    size = struct.pack(">II", stored.box[2] - stored.box[0], stored.box[3] - stored.box[1])
    head = _chunk(b"IHDR", size + parts[0].payload(data)[8:13])
    return b"".join((data[:8], head, *coloring(data, parts), _chunk(b"IDAT", stored.pixels), _chunk(b"IEND", b"")))


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
