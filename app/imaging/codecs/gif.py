"""Decodes what the frames of a GIF paint, for ``canvas`` to compose.

Each image is handed to the GIF decoder as a file of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from app.imaging import color_mode, plugins
from app.imaging.codecs.canvas import CanvasLayer
from app.imaging.headers import Header
from app.imaging.headers.gif import CLEAR, RESTORE, ImageBlock, images
from app.imaging.joined_file import Content


def layers(data: bytes, header: Header) -> Iterator[CanvasLayer]:
    """Yield what each frame paints; raises what the decoder raises."""
    for stored in images(data):
        image = plugins.loaded(plugins.open_image(_still(data, stored), "gif"))
        if stored.transparent is not None:
            image.info["transparency"] = stored.transparent
        yield CanvasLayer(
            image=color_mode.plain(image, header),
            box=stored.box,
            duration=float(stored.duration),
            clear=stored.disposal == CLEAR,
            restore=stored.disposal in RESTORE,
            over=True,
        )


def _still(data: bytes, stored: ImageBlock) -> Content:
    """Return the pieces of a GIF of one image alone, with its color table as that of the file.

    The pixels, which may be nearly all of the file, are not copied.
    """
    left, top, right, bottom = stored.box
    size = struct.pack("<2H", right - left, bottom - top)
    table = data[stored.table]
    flags = 0x80 | (len(table) // 6).bit_length() - 1 if table else 0
    descriptor = b"\x2c\0\0\0\0" + size + bytes((stored.flags & 0x40,))
    head = b"".join((b"GIF89a", size, bytes((flags, 0, 0)), table, descriptor))
    return [head, memoryview(data)[stored.pixels], b"\x3b"]
