"""Decodes what the frames of an APNG paint, for ``canvas`` to compose: https://www.w3.org/TR/png-3/#apng-frame-based-animation

Each frame is handed to the PNG decoder as a still image of its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from app.imaging import color_mode, plugins
from app.imaging.codecs import png
from app.imaging.codecs.canvas import CanvasLayer
from app.imaging.headers import Header
from app.imaging.headers.apng import FrameControl, frame_control
from app.imaging.headers.png import coloring, one_chunk
from app.imaging.headers.png_chunks import Chunk, chunks
from app.imaging.joined_file import Content

# Values of dispose_op and blend_op.
_BACKGROUND, _PREVIOUS = 1, 2
_OVER: Final = 1


def layers(data: bytes, header: Header) -> Iterator[CanvasLayer]:
    """Yield what each frame paints; raises whatever the decoder or ``struct`` raises on broken chunks."""
    parts = list(chunks(data))
    for control, coded in _stored_frames(data, parts):
        pixels = _still(data, parts, control.box, coded)
        still = plugins.loaded(plugins.open_image(pixels, "png"))
        yield CanvasLayer(
            image=color_mode.plain(png.keyed(still, pixels, header), header),
            box=control.box,
            duration=control.duration,
            clear=control.dispose == _BACKGROUND,
            restore=control.dispose == _PREVIOUS,
            over=control.blend == _OVER,
        )


def _stored_frames(data: bytes, parts: list[Chunk]) -> Iterator[tuple[FrameControl, list[memoryview]]]:
    """Yield control and coded pixels in file order; pixels before the first control chunk belong to no frame."""
    control: memoryview = memoryview(b"")
    pixels: list[memoryview] = []
    for part in parts:
        if part.name in (b"fcTL", b"IEND") and control:
            yield frame_control(control), pixels
        if part.name == b"fcTL":
            control, pixels = part.payload(data), []
        elif part.name in (b"IDAT", b"fdAT"):
            pixels.append(part.payload(data)[0 if part.name == b"IDAT" else 4 :])


def _still(data: bytes, parts: list[Chunk], box: tuple[int, int, int, int], coded: list[memoryview]) -> Content:
    """Return the pieces of a PNG of one frame alone, with the palette and the transparent colors of the file."""
    size = struct.pack(">II", box[2] - box[0], box[3] - box[1])
    head = _chunk(b"IHDR", size + parts[0].payload(data)[8:13])
    return [data[:8], head, *coloring(data, parts), *one_chunk(coded)]


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
