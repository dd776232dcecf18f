"""Reads the heads of a JPEG's scans, to tell whether anything but the end is missing: ITU-T T.81, B.2.3 and G.1.1.1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from app.imaging.headers import Span

_ALL: Final = (1 << 64) - 1
# A picture of four components in four bands, each refined bit by bit, has not half as many.
_MOST: Final = 1000
_HEAD: Final = b"\xff\xda"
# takes half the time of ``bytes.find``, and this is the only look at all of a file
_HEADS: Final = re.compile(_HEAD)
# Any marker but those inside of coded pixels: stuffed bytes, restarts and fills.
_MARKERS: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


class Scan(msgspec.Struct, frozen=True):
    """One scan: where it is, up to the next one, its components, and its band of coefficients.

    ``known`` is the lowest bit that earlier scans gave of them, 0 for none, and ``bit`` the lowest that this one gives.
    """

    span: Span
    components: tuple[int, ...]
    first: int
    last: int
    known: int
    bit: int


def read(data: bytes, at: int) -> list[Scan]:
    """Return the scans, from the one at ``at`` on, at most a thousand, without a last one whose head is cut."""
    begins = [found.start() for found in islice(_HEADS.finditer(data, at), _MOST)]
    spans = zip(begins, [*begins[1:], len(data)], strict=True)
    return [_scan(data, span) for span in spans if span[0] + 12 <= len(data)]


def count(data: bytes, scans: Sequence[Scan]) -> int:
    """Return how many scans there are, which for a hostile file are more than were read."""
    return len(scans) if len(scans) < _MOST else data.count(_HEAD, scans[0].span[0])


def _scan(data: bytes, span: Span) -> Scan:
    at = span[0] + 5
    band = at + 2 * data[at - 1]
    first, last, bits = data[band : band + 3]
    return Scan(span, tuple(data[at:band:2]), first, last, bits >> 4, bits & 15)


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


def without(data: bytes, spans: Sequence[Span], begin: int, end: int) -> Iterator[memoryview]:
    """Yield the pieces of ``data`` from ``begin`` to ``end`` that are left without the scans at ``spans``.

    What comes behind a scan stays: the tables of the next.
    """
    view = memoryview(data)
    for first, last in spans:
        yield view[begin:first]
        following = _MARKERS.search(data, first + 4, last)
        begin = following.start() if following else last
    yield view[begin:end]
