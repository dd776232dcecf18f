"""Checks the JPEG in each strip or tile of a TIFF by its head: TIFF Technical Note 2.

Its decoder believes the head of a strip rather than the directory, and would first read all the scans of a picture that
is thousands of times as high as its strip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.errors import UndecodableImage
from app.imaging.headers import MOST_PARTS, Span, jpeg

# Encoders fill up a last unit of pixels, which has 32 rows at most.
_UNIT: Final = 32


def check(data: bytes, places: Sequence[Span], across: int, rows: int) -> None:
    """Raise UndecodableImage unless each JPEG has one sequential scan of no more than so many columns and rows.

    Raises EOFError and ValueError for broken heads, and for more or longer ones than any file needs: strips may share
    their bytes.
    """
    segments, left, known = MOST_PARTS, len(data), b""
    for begin, end in places:
        # encoders write the same head before each strip but the last
        if known and data.startswith(known, begin):
            continue
        parts = list(jpeg.segments(data, begin, min(end, begin + left)))
        _check_frame(data, parts, across, rows)
        known = data[begin : parts[-1].end]
        segments, left = segments - len(parts), left - len(known)
        if segments < 0:
            raise ValueError("too many segments")


def _check_frame(data: bytes, parts: list[jpeg.MarkerSegment], across: int, rows: int) -> None:
    if not _is_baseline(data, parts):
        raise UndecodableImage("the TIFF has JPEG in it that is not baseline, or has several scans")
    width, height = jpeg.frame_size(jpeg.frame_of(parts).payload(data))
    if width > across or height > rows + _UNIT - 1:
        raise UndecodableImage("the TIFF has JPEG in it that is larger than its strip or tile")


def _is_baseline(data: bytes, parts: list[jpeg.MarkerSegment]) -> bool:
    try:
        return jpeg.is_single(data, parts)
    except UndecodableImage:
        return False
