"""Writes an animated GIF of what changes from frame to frame: https://www.w3.org/Graphics/GIF/spec-gif89a.txt

Pillow's own writer cannot share a palette between frames and leave unchanged pixels out at the same time.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from PIL import Image

from app.imaging.codecs.frame_changes import Change, changes
from app.imaging.codecs.shared_palette import Palette, palettes

_KEEP, _CLEAR = 1, 2


def encode(images: Sequence[Image.Image], durations: Sequence[float], repeats: int | None) -> bytes:
    """Return the file; ``durations`` are in milliseconds, ``repeats`` after the first play, 0 for ever, None for no."""
    painted = list(changes(images))
    shared = palettes(painted)
    loop = b"" if repeats is None else b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)
    blocks = [
        b"GIF89a",
        struct.pack("<2H", *images[0].size),
        bytes((0x80 | _size(shared[0]), 0, 0)),
        _table(shared[0]),
        loop,
    ]
    for change, palette, duration in zip(painted, shared, durations, strict=True):
        blocks.append(_frame(change, palette, duration, local=palette is not shared[0]))
    return b"".join((*blocks, b"\x3b"))


def _frame(change: Change, palette: Palette, duration: float, *, local: bool) -> bytes:
    pixels, through = palette.mapped(change.image), change.painted is not None
    bits = _size(palette) + 1
    coded = pixels.tobytes("gif", "P", bits, 0)
    if change.painted is not None:
        pixels.paste(palette.transparent, mask=change.painted.point(range(255, -1, -1)))
        shorter = pixels.tobytes("gif", "P", bits, 0)
        # Where most pixels change, those that do not may be cheaper to paint again.
        through = change.needs_mask or len(shorter) < len(coded)
        coded = shorter if through else coded
    flags = (_CLEAR if change.clears else _KEEP) << 2 | through
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", flags, int(duration // 10), palette.transparent, 0)
    left, top, right, bottom = change.box
    place = struct.pack("<4HB", left, top, right - left, bottom - top, 0x80 | _size(palette) if local else 0)
    return b"".join((control, b"\x2c", place, _table(palette) if local else b"", bytes((bits,)), coded, b"\0"))


def _size(palette: Palette) -> int:
    """Return how a GIF states the size of a color table that has the transparent index too."""
    return max(1, palette.transparent.bit_length() - 1)


def _table(palette: Palette) -> bytes:
    return palette.colors.ljust(3 << _size(palette) + 1, b"\0")
