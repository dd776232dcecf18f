"""What the segments of a JPEG tell: whether it certainly holds luma and chroma, and how often it is scanned."""

from __future__ import annotations

from msgspec.structs import replace

from app import imaging
from tests.support import drawing
from tests.support.work import LIMITS

PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)


def test_components_numbered_otherwise_are_left_to_the_decoder() -> None:
    """A file that numbers its components 0, 1 and 2 may hold anything."""
    at = PHOTO.index(b"\xff\xc0")
    assert [PHOTO[at + 10 + 3 * index] for index in range(3)] == [1, 2, 3]
    renumbered = bytearray(PHOTO)
    for index in range(3):
        renumbered[at + 10 + 3 * index] -= 1
    assert imaging.probe(PHOTO, LIMITS).ycbcr
    assert not imaging.probe(bytes(renumbered), LIMITS).ycbcr


def test_many_scans_of_a_progressive_jpeg_are_counted() -> None:
    data = drawing.encoded(drawing.photo(64, 64), "JPEG", progressive=True)
    header = imaging.probe(data, LIMITS)
    assert header.scans > 5
    hostile = replace(header, stored_width=8000, stored_height=6000, scans=2000)
    assert imaging.verify_cost(hostile).cpu_s > 30
