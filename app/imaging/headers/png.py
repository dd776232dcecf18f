"""Reads the chunks of a PNG or APNG, and strips a PNG down to the chunks that make pixels.

W3C Portable Network Graphics (Third Edition): https://www.w3.org/TR/png-3/#5DataRep
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, apng, exif

# Text can unpack to a thousand times its size and nothing here reads it; codecs/apng.py composes the frames.
_UNWANTED: Final = frozenset((b"tEXt", b"zTXt", b"iTXt", b"sPLT", b"eXIf", b"acTL", b"fcTL", b"fdAT"))
_WITH_ALPHA: Final = frozenset((4, 6))
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class Chunk(msgspec.Struct, frozen=True):
    """One chunk: its name, and where it begins and ends in the file, length and checksum included."""

    name: bytes
    begin: int
    end: int

    def payload(self, data: bytes) -> bytes:
        """Return what is between the chunk's name and its checksum."""
        return data[self.begin + 8 : self.end - 4]


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage, also when the file ends before its last chunk."""
    with decoding("png"):
        return _header(data, list(chunks(data)))


def strip(data: bytes) -> bytes:
    """Return ``data`` without text and other chunks that a decoder would read into memory for nothing."""
    view = memoryview(data)
    kept = (view[chunk.begin : chunk.end] for chunk in chunks(data) if chunk.name not in _UNWANTED)
    return b"".join((view[:8], *kept))


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND; raises EOFError when the file ends before it."""
    at = 8
    while True:
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            raise EOFError
        yield Chunk(data[at + 4 : at + 8], at, end)
        if data[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _header(data: bytes, parts: list[Chunk]) -> Header:
    first = {chunk.name: chunk for chunk in reversed(parts)}
    ihdr = first[b"IHDR"].payload(data)
    depth, color = ihdr[8], ihdr[9]
    heads = [(part.name, data[part.begin + 8 : min(part.end - 4, part.begin + 9 + apng.CONTROL)]) for part in parts]
    moving = apng.read(heads, ihdr[:8])
    if b"IDAT" not in first:
        raise EOFError
    return Header(
        format="png",
        stored_width=int.from_bytes(ihdr[:4], "big"),
        stored_height=int.from_bytes(ihdr[4:8], "big"),
        mode={0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}[color],
        bytes=len(data),
        orientation=exif.orientation(first[b"eXIf"].payload(data)) if b"eXIf" in first else 1,
        frames=max(1, moving.frames),
        duration=moving.duration,
        plays=moving.plays,
        hidden=moving.hidden,
        alpha=color in _WITH_ALPHA or b"tRNS" in first or moving.alpha,
        depth=depth,
        samples_per_pixel=_CHANNELS[color],
        progressive=bool(ihdr[12]),
        icc=b"iCCP" in first,
        stripped=not _UNWANTED.isdisjoint(first),
    )
