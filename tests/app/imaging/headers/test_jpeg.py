"""Which JPEGs certainly hold luma and chroma."""

from __future__ import annotations

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
