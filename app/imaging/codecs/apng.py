"""Composes the frames of an APNG: https://www.w3.org/TR/png-3/#apng-frame-based-animation

Each frame is handed to the PNG decoder as a still of its own. Pillow's way of laying one frame over
another leaves half-clear pixels where an opaque one was below.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec
from PIL import Image

from app.imaging import color_mode
from app.imaging.codecs import plugins
from app.imaging.codecs.decode import Frame
from app.imaging.headers.png import Chunk, chunks
from app.imaging.headers.probe import Header

_CLEARED, _RESTORED = 1, 2
_OVER: Final = 1
_SKIPPED: Final = frozenset((b"IHDR", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND", b"tEXt", b"zTXt", b"iTXt", b"eXIf"))


class Layer(msgspec.Struct, frozen=True):
    """One frame as stored: where it lies, for how long in milliseconds, how it leaves, how it joins, its data."""

    box: tuple[int, int, int, int]
    duration: float
    disposal: int
    blend: int
    pixels: bytes


def compose(data: bytes, header: Header) -> Iterator[Frame]:
    """Yield each frame as it is shown, RGBA if the header says alpha; raises whatever broken chunks make raise."""
    parts = list(chunks(data))
    canvas = Image.new("RGBA", (header.stored_width, header.stored_height))
    for number, layer in enumerate(_layers(data, parts, canvas.size)):
        still = plugins.open_image(_still(data, parts, layer), "png")
        still.load()
        before = canvas.copy() if layer.disposal == _RESTORED and number else None
        _paint(canvas, color_mode.plain(still, header).convert("RGBA"), layer)
        shown = canvas.convert("RGBA" if header.alpha else "RGB")
        yield Frame(shown, layer.duration, still.info.get("icc_profile"))
        if before is not None:
            canvas = before
        elif layer.disposal in (_CLEARED, _RESTORED):
            canvas.paste((0, 0, 0, 0), layer.box)


def _paint(canvas: Image.Image, image: Image.Image, layer: Layer) -> None:
    if layer.blend == _OVER:
        canvas.alpha_composite(image, layer.box[:2])
    else:
        canvas.paste(image, layer.box[:2])


def _layers(data: bytes, parts: list[Chunk], size: tuple[int, int]) -> Iterator[Layer]:
    """Yield the frames in file order; pixels in front of the first frame control are no frame."""
    control, pixels = b"", bytearray()
    for part in parts:
        if part.name in (b"fcTL", b"IEND") and control:
            yield _layer(control, bytes(pixels), size)
        if part.name == b"fcTL":
            control, pixels = part.payload(data), bytearray()
        elif part.name in (b"IDAT", b"fdAT"):
            pixels += part.payload(data)[0 if part.name == b"IDAT" else 4 :]


def _layer(control: bytes, pixels: bytes, size: tuple[int, int]) -> Layer:
    _, width, height, x, y, delay, unit, disposal, blend = struct.unpack(">5I2H2B", control)
    if x + width > size[0] or y + height > size[1]:
        raise ValueError(size)
    return Layer((x, y, x + width, y + height), 1000 * delay / (unit or 100), disposal, blend, pixels)


def _still(data: bytes, parts: list[Chunk], layer: Layer) -> bytes:
    """Return a PNG of one layer alone, with the palette, key colour and profile of the file."""
    size = struct.pack(">II", layer.box[2] - layer.box[0], layer.box[3] - layer.box[1])
    shared = (data[part.begin : part.end] for part in parts if part.name not in _SKIPPED)
    head = _chunk(b"IHDR", size + parts[0].payload(data)[8:13])
    return b"".join((data[:8], head, *shared, _chunk(b"IDAT", layer.pixels), _chunk(b"IEND", b"")))


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
