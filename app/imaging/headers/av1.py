"""Reads what an AV1 bitstream says of its pictures, which a decoder makes as large as that, whatever the file says.

Sections are of https://aomediacodec.github.io/av1-spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from app.core.errors import UndecodableImage
from app.imaging.headers import av1_sequence
from app.imaging.headers.av1_sequence import EACH, SequenceHeader
from app.imaging.headers.bits import Bits

# Kinds of OBUs (section 6.2.2), and of frames (section 6.8.2).
_SEQUENCE: Final = 1
_FRAMES, _AGAIN = frozenset((3, 6, 7)), 7
# The first bit of a frame header that shows a frame which was decoded before.
_SHOWN_AGAIN: Final = 0x80
_KEY, _SWITCH = 0, 3
# A picture in 1000 tiles has 3000 units, and one sequence.
_MOST_UNITS, _MOST_SEQUENCES = 4096, 16
# What is read of a sequence header, and of a frame header, ends before this many bytes of it.
_SEQUENCE_HEAD, _FRAME_HEAD = 1024, 16


class Bitstream(msgspec.Struct, frozen=True):
    """The different sequence headers, and how many pictures are decoded, those included that are never shown."""

    headers: tuple[SequenceHeader, ...]
    pictures: int


def read(parts: Iterable[memoryview]) -> Bitstream:
    """Return what is said of pictures that are decoded one after another.

    Raises UndecodableImage for a frame with another size than that of its sequence, which could be larger, and for
    pictures without a sequence, ValueError for too many parts, EOFError where one is cut.
    """
    found: dict[bytes, SequenceHeader] = {}
    current: SequenceHeader | None = None
    pictures = 0
    for kind, payload in _units(parts):
        if kind == _SEQUENCE:
            head = bytes(payload[:_SEQUENCE_HEAD])
            current = found[head] = found[head] if head in found else av1_sequence.read(Bits(head))
            if len(found) > _MOST_SEQUENCES:
                raise ValueError("too many sequences")
        elif kind in _FRAMES:
            if current is None or _has_own_size(current, payload):
                raise UndecodableImage("an AVIF whose frames have sizes of their own is not supported")
            pictures += kind != _AGAIN and not (current.frame and payload[0] & _SHOWN_AGAIN)
    return Bitstream(tuple(found.values()), pictures)


def _units(parts: Iterable[memoryview]) -> Iterator[tuple[int, memoryview]]:
    """Yield the kind of each OBU and its payload (section 5.3)."""
    steps = iter(range(_MOST_UNITS))
    for part in parts:
        at = 0
        while at < len(part):
            if next(steps, None) is None:
                raise ValueError("too many OBUs")
            head = part[at]
            at += 2 if head & 0x04 else 1
            size, length = _leb128(part, at) if head & 0x02 else (len(part) - at, 0)
            at += length + size
            if at > len(part):
                raise EOFError
            yield head >> 3 & 15, part[at - size : at]


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    """Return a number and the bytes that it takes (section 4.10.5)."""
    value = 0
    for index, byte in enumerate(data[at : at + 8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, index + 1
    raise EOFError


def _has_own_size(sequence: SequenceHeader, payload: memoryview) -> bool:
    """Return whether a frame states another size than its sequence (section 5.9.2)."""
    syntax, bits = sequence.frame, Bits(bytes(payload[:_FRAME_HEAD]))
    if syntax is None or bits.u(1):  # a frame that is only shown again
        return False
    kind, shown = bits.u(2), bits.u(1)
    bits.u(syntax.time if shown else 1)
    if kind == _SWITCH:
        return True
    if not (kind == _KEY and shown):
        bits.u(1)
    bits.u(1)
    screen_content = bits.u(1) if syntax.screen_content == EACH else syntax.screen_content
    if screen_content and syntax.whole_motion == EACH:
        bits.u(1)
    bits.u(syntax.number)
    return bool(bits.u(1))
