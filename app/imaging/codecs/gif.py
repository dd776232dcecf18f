"""Composes the frames of a GIF as browsers show them: what no frame paints, and what is cleared, is transparent.

Each image is handed to the GIF decoder as a file of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from app.imaging import color_mode, plugins
from app.imaging.codecs import canvas
from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header
from app.imaging.headers.gif import CLEAR, RESTORE, ImageBlock, images


def compose(data: bytes, header: Header) -> Iterator[Frame]:
    """Yield each frame as it is shown, RGBA if the header states alpha, else RGB; raises what the decoder raises."""
    return canvas.composed(_layers(data, header), header)


def _layers(data: bytes, header: Header) -> Iterator[canvas.CanvasLayer]:
    for stored in images(data):
        still = plugins.open_image(_still(data, stored), "gif")
        # the file is in memory already, so nothing is gained by reading it in small pieces
        still.decodermaxblock = max(still.decodermaxblock, len(data))
        still.load()
        if stored.transparent is not None:
            still.info["transparency"] = stored.transparent
        image = color_mode.plain(plugins.detached(still), header)
        del still
        yield canvas.CanvasLayer(
            image=image,
            box=stored.box,
            duration=float(stored.duration),
            clear=stored.disposal == CLEAR,
            restore=stored.disposal in RESTORE,
            over=True,
        )


def _still(data: bytes, stored: ImageBlock) -> bytes:
    """Return a GIF of one image alone, with its color table as that of the file."""
    left, top, right, bottom = stored.box
    size = struct.pack("<2H", right - left, bottom - top)
    table = data[stored.table]
    flags = 0x80 | (len(table) // 6).bit_length() - 1 if table else 0
    descriptor = b"\x2c\0\0\0\0" + size + bytes((stored.flags & 0x40,))
    return b"".join((b"GIF89a", size, bytes((flags, 0, 0)), table, descriptor, data[stored.pixels], b"\x3b"))
