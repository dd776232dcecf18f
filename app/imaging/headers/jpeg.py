"""Reads the segments of a JPEG up to its first scan, and strips it to those that make pixels: ITU-T T.81, annex B."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from app.core.errors import UndecodableImage
from app.imaging.headers import Header, Span, icc_profile, ifd

_FRAME: Final = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_SEQUENTIAL: Final = frozenset((0xC0, 0xC1))
_PROGRESSIVE: Final = 0xC2
_BARE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
_SCAN, _TABLES, _APP1, _APP2, _APP14, _COM = 0xDA, 0xDB, 0xE1, 0xE2, 0xEE, 0xFE
# Of application segments, APP0 and APP14 say how colors are coded. The rest can be long and is nothing to a decoder.
_UNWANTED: Final = frozenset((*range(_APP1, _APP14), 0xEF, _COM))
_MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}
# 32 MiB of metadata take 513.
_MOST_SEGMENTS: Final = 5000
# What ends a fill, bytes 0xFF that some cameras write before a marker, and how many bytes are looked at for it in all.
_MARKER: Final = re.compile(rb"[^\xff]")
_LONGEST_FILL: Final = 1 << 17
# The side of the smallest picture that its decoder shrinks by 8.
_SMALLEST: Final = 8
_ICC: Final = b"ICC_PROFILE\x00"
# What a decoder reads ahead of the pixels it needs: eight bytes. Only ones are no code, so they make hardly a pixel.
_ONES: Final = b"\xff\x00" * 8
# The same in two ways, to find out whether pixels are made of it.
FILLINGS: Final = (_ONES, b"\0" * 64)


class MarkerSegment(msgspec.Struct, frozen=True):
    """One segment: its marker, and where it begins (with the marker) and ends in the file."""

    marker: int
    begin: int
    end: int

    def payload(self, data: bytes) -> memoryview:
        """Return what follows the length."""
        return memoryview(data)[self.begin + 4 : self.end]


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    parts = list(segments(data))
    segment = frame_of(parts)
    frame, progressive = segment.payload(data), segment.marker == _PROGRESSIVE
    if frame[0] != 8:
        raise UndecodableImage(f"a JPEG of {frame[0]} bits per sample is not supported: expected 8")
    ends = data.rfind(b"\xff\xd9", parts[-1].end) >= 0
    single = is_single(data, parts)
    scans, unseen = (1, {}) if single and ends else _scans(data, parts, frame, progressive=progressive)
    width, height = frame_size(frame)
    # what does not fit one segment is continued in the next
    exif = tuple(_payloads(data, parts, _APP1, ifd.PREFIX))
    return Header(
        format="jpeg",
        stored_width=width,
        stored_height=height,
        mode=_MODES[frame[5]],
        bytes=len(data),
        # which is in the first directory, at the beginning
        orientation=ifd.orientation(b"".join(exif[:2])),
        progressive=progressive,
        # where the first scan lacks a component a decoder waits for another, even in vain
        scans=1 if single else max(2, scans),
        unseen=unseen,
        samples_per_pixel=_samples_per_pixel(frame),
        profile=_profile(data, parts),
        open_ended=not ends,
        metadata=sum(part.end - part.begin for part in parts if part.marker in (_APP1, _APP2)),
        exif=exif,
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; fails where it does not say yet."""
    return frame_size(next(part.payload(head) for part in segments(head) if part.marker in _FRAME))


def segments(data: bytes, begin: int = 0, end: int | None = None) -> Iterator[MarkerSegment]:
    """Yield the segments up to the head of the first scan; raises EOFError and ValueError.

    ``begin`` and ``end`` are where the JPEG is in a file of another format.
    """
    at, left = begin + 2, _LONGEST_FILL
    end = len(data) if end is None else end
    for _ in range(_MOST_SEGMENTS):
        # decoders skip stray bytes between segments, and real cameras write them
        at = data.index(b"\xff", at, end) + 1
        found = _MARKER.search(data, at, min(at + left, end))
        if not found:
            raise EOFError
        left -= found.start() - at
        at = found.start()
        marker = data[at]
        if marker and marker not in _BARE:
            length = int.from_bytes(data[at + 1 : at + 3], "big")
            if length < 2 or at + 1 + length > end:
                raise EOFError
            yield MarkerSegment(marker, at - 1, at + 1 + length)
            if marker == _SCAN:
                return
            at += length
        at += 1
    raise ValueError("too many segments")


def strip(data: bytes, *, unseen: Sequence[Span] = (), filling: bytes = b"") -> list[bytes | memoryview]:
    """Return the pieces of ``data`` without what makes no pixel, and so that a decoder notices when pixels are missing.

    ``unseen`` says where scans are that are left out as well.

    A decoder fills in for missing pixels as soon as it meets the marker at the end (EOI). Where there is one scan, it
    gets ``filling`` instead, and so asks for more data unless it has all pixels by then, or all but a few blocks. Where
    there are several it needs the marker, missing or not; there ``filling`` goes before it.
    """
    parts = list(segments(data))
    last = parts[-1]
    end = data.rfind(b"\xff\xd9", last.end)
    view = memoryview(data)
    kept = [view[part.begin : part.end] for part in parts if part.marker not in _UNWANTED]
    rest = filling or _ONES if is_single(data, parts) else filling + b"\xff\xd9"
    edges = [last.end, *(edge for span in unseen for edge in span), end if end >= 0 else len(data)]
    coded = (view[begin:until] for begin, until in zip(edges[::2], edges[1::2], strict=True))
    return [b"\xff\xd8", *kept, *coded, rest]


def is_single(data: bytes, parts: list[MarkerSegment]) -> bool:
    """Return whether the first scan is the only one: it is not progressive, and of all components."""
    frame, last = frame_of(parts), parts[-1]
    return frame.marker in _SEQUENTIAL and data[last.begin + 4] == data[frame.begin + 9]


def _scans(
    data: bytes, parts: list[MarkerSegment], frame: memoryview, *, progressive: bool
) -> tuple[int, Mapping[int, Sequence[Span]]]:
    """Return how many scans there are, and which of them do not show where the picture is shrunk.

    Raises EOFError when one is missing. Most files have one scan, and a cold start would pay for the imports.
    """
    from app.imaging.headers import jpeg_detail, jpeg_scans

    found = jpeg_scans.read(data, parts[-1].begin)
    if not jpeg_scans.complete(found.scans, frame, progressive=progressive):
        raise EOFError
    if not progressive or min(frame_size(frame)) < _SMALLEST:
        return len(found.scans), {}
    tables = [part.payload(data) for part in parts if part.marker == _TABLES]
    return len(found.scans), jpeg_detail.unseen(found.scans, frame, [*tables, *found.tables])


def _payloads(data: bytes, parts: list[MarkerSegment], marker: int, name: bytes) -> list[memoryview]:
    """Return what follows ``name`` in the segments that begin with it."""
    payloads = [part.payload(data) for part in parts if part.marker == marker]
    return [payload[len(name) :] for payload in payloads if bytes(payload[: len(name)]) == name]


def frame_of(parts: list[MarkerSegment]) -> MarkerSegment:
    """Return the frame header among segments; raises UndecodableImage."""
    frames = [part for part in parts if part.marker in _FRAME]
    if len(frames) != 1:
        raise UndecodableImage("the JPEG has no usable frame header")
    # Arithmetic coding, which few browsers read, is decoded from a whole file only, and no cut shows in it.
    if frames[0].marker not in (*_SEQUENTIAL, _PROGRESSIVE):
        raise UndecodableImage("the JPEG has lossless or arithmetic coding, expected baseline or progressive")
    return frames[0]


def _profile(data: bytes, parts: list[MarkerSegment]) -> bytes:
    """Return the ICC profile, which numbers its pieces (ICC.1:2022, annex B.4); empty when one is missing."""
    # some programs embed it twice
    pieces = {bytes(piece[:2]): piece[2:] for piece in reversed(_payloads(data, parts, _APP2, _ICC))}
    numbers = [bytes((1 + index, len(pieces))) for index in range(len(pieces))]
    return icc_profile.usable(b"".join(pieces[each] for each in numbers)) if pieces.keys() == {*numbers} else b""


def frame_size(frame: memoryview) -> tuple[int, int]:
    """Return width and height of a frame by the payload of its header."""
    return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")


def _samples_per_pixel(frame: memoryview) -> float:
    """Return the samples stored per pixel, all components together."""
    factors = [divmod(frame[7 + 3 * index], 16) for index in range(frame[5])]
    most = max(across for across, _ in factors) * max(down for _, down in factors)
    return sum(across * down for across, down in factors) / most
