"""Writes TIFFs of packed strips or tiles: TIFF 6.0."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence


def file(
    size: tuple[int, int],
    compression: int,
    parts: Sequence[bytes],
    *,
    part: tuple[int, int],
    samples: int = 3,
    tiled: bool = False,
    more: Mapping[int, Sequence[int]] | None = None,
) -> bytes:
    """Return a TIFF of RGB, or of gray with one of ``samples``, in strips or tiles with ``part`` as their size.

    ``more`` are further tags, and others in place of those that follow from the rest.
    """
    places, body = [], b""
    for coded in parts:
        places.append(8 + len(body))
        body += coded
    body += bytes(len(body) % 2)
    offsets, lengths, sides = (324, 325, (322, 323)) if tiled else (273, 279, (None, 278))
    colors = {258: (8,) * samples, 259: (compression,), 262: (2 if samples == 3 else 1,), 277: (samples,)}
    tags = {256: size[:1], 257: size[1:], **colors, offsets: places, lengths: [len(coded) for coded in parts]}
    tags |= {tag: (side,) for tag, side in zip(sides, part, strict=True) if tag} | dict(more or {})
    rows = b""
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        if len(packed) > 4:
            packed, body = struct.pack("<I", 8 + len(body)), body + packed
        rows += struct.pack("<HHI", tag, 4, len(numbers)) + packed
    head = b"II*\0" + struct.pack("<I", 8 + len(body))
    return head + body + struct.pack("<H", len(tags)) + rows + bytes(4)
