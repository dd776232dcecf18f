"""Reads the blocks of a GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

from typing import Final

from app.errors import UndecodableImage
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class _Facts:
    """What the blocks read so far say; the canvas grows with frames that overhang it, as in decoders."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.frames = 0
        self.plays = 1
        self.alpha = False
        self.delay = self.duration = 0


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage, also when the file ends before its trailer."""
    with decoding("gif"):
        facts = _walk(data)
    if facts.frames == 0:
        raise UndecodableImage("the GIF has no frame")
    return Header(
        format="gif",
        stored_width=facts.width,
        stored_height=facts.height,
        mode="P",
        bytes=len(data),
        frames=facts.frames,
        plays=facts.plays,
        alpha=facts.alpha or facts.frames > 1,
        samples_per_pixel=1.0,
        duration=float(facts.duration) if facts.frames > 1 else 0.0,
    )


def _walk(data: bytes) -> _Facts:
    facts = _Facts(_little(data, 6), _little(data, 8))
    at = 13 + _table(data[10])
    while data[at] != _TRAILER:
        kind = data[at]
        if kind == _EXTENSION:
            at = _extension(data, at + 1, facts)
        elif kind == _IMAGE:
            at = _image(data, at + 1, facts)
        else:
            raise ValueError(kind)
    return facts


def _extension(data: bytes, at: int, facts: _Facts) -> int:
    label, first = data[at], data[at + 2 : at + 2 + data[at + 1]]
    if label == _CONTROL and first:
        facts.alpha = facts.alpha or bool(first[0] & 1)
        facts.delay = 10 * _little(first, 1)
    if label == _APPLICATION and first in _LOOPING and facts.frames == 0:
        loops = at + 2 + len(first)
        if data[loops] >= 3 and data[loops + 1] == 1:
            repeats = _little(data, loops + 2)
            facts.plays = repeats + 1 if repeats else 0
    return _skip(data, at + 1)


def _image(data: bytes, at: int, facts: _Facts) -> int:
    facts.frames += 1
    facts.duration, facts.delay = facts.duration + facts.delay, 0
    facts.width = max(facts.width, _little(data, at) + _little(data, at + 4))
    facts.height = max(facts.height, _little(data, at + 2) + _little(data, at + 6))
    return _skip(data, at + 9 + _table(data[at + 8]) + 1)


def _skip(data: bytes, at: int) -> int:
    """Return the position after the chain of sub-blocks at ``at``."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _table(flags: int) -> int:
    """Return the size of the color table that ``flags`` announce, in bytes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _little(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
