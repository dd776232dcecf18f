"""Reads the chunks of a WebP: https://developers.google.com/speed/webp/docs/riff_container"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from app.imaging.headers import MOST_PARTS, Header, icc_profile, ifd
from app.imaging.joined_file import Content

# In the flags of an extended file: what else is in it.
_PROFILE, _ALPHA, _EXIF = 0x20, 0x10, 0x08
# In the flags of a frame: it is cleared before the next one.
_CLEARED: Final = 0x01
_COPIED: Final = frozenset((b"EXIF", b"ICCP", b"XMP "))
_READ: Final = frozenset((b"EXIF", b"ANIM", b"ICCP"))


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to, and EOFError when its last chunk is cut."""
    chunks = list(_chunks(data))
    name, at, _ = chunks[0]
    width, height, alpha = _SIZES[name](data, at)
    moving = [begin for name, begin, _ in chunks if name == b"ANMF"]
    coded = [end - begin for name, begin, end in chunks if name == b"ANMF"]
    alpha = alpha or _shows_through(data, moving, (width, height))
    view = memoryview(data)
    named = {name: view[begin:end] for name, begin, end in reversed(chunks) if name in _READ}
    flags = data[at] if name == b"VP8X" else 0
    for chunk, flag in ((b"ICCP", _PROFILE), (b"EXIF", _EXIF)):
        if not flags & flag:  # browsers go by what the header says
            named.pop(chunk, None)
    exif = named.get(b"EXIF", view[:0])
    return Header(
        format="webp",
        stored_width=width,
        stored_height=height,
        mode="RGBA" if alpha else "RGB",
        bytes=len(data),
        orientation=ifd.orientation(exif),
        frames=max(1, len(moving)),
        plays=_little(named.get(b"ANIM", b""), 4, 2),
        duration=float(sum(_little(data, begin + 12, 3) for begin in moving)),
        alpha=alpha,
        coded=sum(coded),
        largest=max(coded, default=0),
        lossless=all(data[begin + 16 : begin + 20] == b"VP8L" for begin in moving),
        profile=icc_profile.usable(bytes(named.get(b"ICCP", b""))),
        # the decoder copies XMP too
        metadata=sum(end - begin for name, begin, end in chunks if name in _COPIED),
        exif=(exif,),
    )


def with_alpha_flag(data: bytes) -> Content:
    """Return a file with alpha in pieces, so that its header says that it has alpha, as a decoder wants to be told.

    Some encoders leave that out when every frame, cut to what changes, is opaque. What no frame covers, or is cleared,
    is transparent all the same, and some decoders would show it black.
    """
    if data[12:16] != b"VP8X" or data[20] & _ALPHA:
        return data
    return [data[:20], bytes((data[20] | _ALPHA,)), memoryview(data)[21:]]


def _shows_through(data: bytes, moving: Sequence[int], canvas: tuple[int, int]) -> bool:
    """Return whether part of the canvas can be clear: where the first frame does not paint, or after a disposal."""
    if not moving:
        return False
    first = moving[0]
    size = _little(data, first + 6, 3) + 1, _little(data, first + 9, 3) + 1
    painted = any(data[begin + 16 : begin + 20] == b"ALPH" or _is_clear(data, begin + 16) for begin in moving)
    return painted or size != canvas or any(data[begin + 15] & _CLEARED for begin in moving[:-1])


def _is_clear(data: bytes, at: int) -> bool:
    """Return whether the chunk at this place is a lossless picture that says it has alpha."""
    return data[at : at + 4] == b"VP8L" and _lossless(data, at + 8)[2]


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; fails where it does not say yet."""
    return _SIZES[head[12:16]](head, 20)[:2]


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, and begin and end of its payload; raises EOFError, ValueError for too many."""
    end = 8 + _little(data, 4, 4)
    if end > len(data):
        raise EOFError
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        size = _little(data, at + 4, 4)
        if at + 8 + size > end:
            raise EOFError
        yield data[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + size % 2
    raise ValueError("too many chunks")


def _lossy(data: bytes, at: int) -> tuple[int, int, bool]:
    if data[at + 3 : at + 6] != b"\x9d\x01\x2a":
        raise ValueError
    return _little(data, at + 6, 2) & 0x3FFF, _little(data, at + 8, 2) & 0x3FFF, False


def _lossless(data: bytes, at: int) -> tuple[int, int, bool]:
    bits = _little(data, at + 1, 4)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _extended(data: bytes, at: int) -> tuple[int, int, bool]:
    return _little(data, at + 4, 3) + 1, _little(data, at + 7, 3) + 1, bool(data[at] & _ALPHA)


_SIZES: Final = {b"VP8 ": _lossy, b"VP8L": _lossless, b"VP8X": _extended}


def _little(data: bytes | memoryview, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
