"""Reads the heads of a JPEG's scans, to tell whether anything but the end is missing: ITU-T T.81, B.2 and G.1.1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from app.imaging.headers import Span

_ALL: Final = (1 << 64) - 1
_START, _END, _SCAN, _TABLES = 0xD8, 0xD9, 0xDA, 0xDB
# Any marker but those inside of coded pixels: stuffed bytes, restarts, fills, and what damage makes of one.
_MARKERS: Final = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
# A picture of four components in four bands, each refined bit by bit, has not half as many scans, each with its tables.
_MOST_SEGMENTS: Final = 2000
# How many bytes 0xFF are looked at, which takes 15 ns each; a scan of 50 MP has a million where each block restarts.
_MOST_STUFFED, _STUFFED = 2_000_000, 0xFF
# Of each component in the head of a scan: its number and its tables, for four at most.
_MOST_NUMBERS: Final = 8
# How many bytes are looked at at a time.
_WINDOW: Final = 1 << 16


class Scan(msgspec.Struct, frozen=True):
    """One scan: where it is, with its head, its components, and its band of coefficients.

    ``known`` is the lowest bit that earlier scans gave of them, 0 for none, and ``bit`` the lowest that this one gives.
    """

    span: Span
    components: tuple[int, ...]
    first: int
    last: int
    known: int
    bit: int


class Scans(msgspec.Struct, frozen=True):
    """All scans of a picture, and the quantization tables between them, the payloads of their segments."""

    scans: tuple[Scan, ...]
    tables: tuple[memoryview, ...]


def read(data: bytes, at: int) -> Scans:
    """Return the scans of the picture, from the one at ``at`` on, without a last one whose head is cut.

    Raises ValueError for more segments or markers than any file needs.
    """
    scans: list[Scan] = []
    tables: list[memoryview] = []
    left = _MOST_STUFFED
    for _ in range(_MOST_SEGMENTS):
        if at >= len(data) or data[at + 1] in (_START, _END):
            return Scans(tuple(scans), tuple(tables))
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        following, left = _marker(data, end, left)
        if data[at + 1] == _SCAN and end <= len(data):
            scans.append(_scan(data, (at, following)))
        if data[at + 1] == _TABLES:
            tables.append(memoryview(data)[at + 4 : end])
        at = following
    raise ValueError("too many segments")


def _marker(data: bytes, at: int, left: int) -> tuple[int, int]:
    """Return where the next marker is, or the end, and how many of ``left`` bytes 0xFF may still be looked at."""
    while at < len(data):
        found = _MARKERS.search(data, at, at + _WINDOW + 1)
        end = found.start() if found else at + _WINDOW
        left -= data.count(_STUFFED, at, end)
        if left < 0:
            raise ValueError("too many markers")
        if found:
            return end, left
        at = end
    return len(data), left


def _scan(data: bytes, span: Span) -> Scan:
    at = span[0] + 5
    band = at + 2 * data[at - 1]
    first, last, bits = data[band : band + 3]
    return Scan(span, tuple(data[at : min(band, at + _MOST_NUMBERS) : 2]), first, last, bits >> 4, bits & 15)


def complete(scans: Sequence[Scan], frame: bytes | memoryview, *, progressive: bool) -> bool:
    """Return whether the scans hold every coefficient of each component to its last bit.

    ``frame`` is the payload of the frame header. Unless it is ``progressive`` a scan has all coefficients of its
    components, whatever it says. Whether the last scan is cut shows only when it is decoded.
    """
    exact = {frame[6 + 3 * index]: 0 for index in range(frame[5])}
    for scan in scans:
        first, last, bit = (scan.first, scan.last, scan.bit) if progressive else (0, 63, 0)
        if not bit and first <= last < 64:
            for component in scan.components:
                exact[component] = exact.get(component, 0) | (1 << last + 1) - (1 << first)
    return all(bands == _ALL for bands in exact.values())
