"""Whether a JPEG has all its scans shows in their heads."""

from __future__ import annotations

import pytest

from app.imaging.headers import jpeg, jpeg_scans
from tests.support import drawing

PROGRESSIVE = drawing.encoded(drawing.photo(96, 64), "JPEG", progressive=True)
# One component: its number, its tables, the first and the last coefficient, then bits.
FRAME = bytes((8, 0, 1, 0, 1, 1, 7, 0x11, 0))


def scan(first: int, last: int, bits: int, component: int = 7) -> bytes:
    return b"\xff\xda\0\x08\1" + bytes((component, 0, first, last, bits)) + bytes(8)


def test_the_scans_of_an_encoder_are_complete_until_one_is_missing() -> None:
    parts = list(jpeg.segments(PROGRESSIVE))
    frame = next(part for part in parts if part.marker == 0xC2).payload(PROGRESSIVE)
    start = parts[-1].begin
    starts = jpeg_scans.starts(PROGRESSIVE, start)
    assert starts == [at for at in range(start, len(PROGRESSIVE)) if PROGRESSIVE[at : at + 2] == b"\xff\xda"]
    assert jpeg_scans.count(PROGRESSIVE, starts) == len(starts) > 5
    assert jpeg_scans.complete(PROGRESSIVE, starts, frame, progressive=True)
    for at in starts[1:]:
        for cut in (at, at + 11):
            left = jpeg_scans.starts(PROGRESSIVE[:cut], start)
            assert not jpeg_scans.complete(PROGRESSIVE[:cut], left, frame, progressive=True)


@pytest.mark.parametrize(
    ("scans", "complete"),
    [
        (scan(0, 63, 0), True),
        (scan(0, 0, 0) + scan(1, 63, 0), True),
        (scan(0, 0, 0) + scan(1, 5, 0) + scan(6, 63, 0), True),
        (scan(0, 0, 1) + scan(1, 63, 0), False),
        (scan(0, 0, 1) + scan(1, 63, 0) + scan(0, 0, 0x10), True),
        (scan(0, 0, 0) + scan(1, 62, 0), False),
        (scan(0, 63, 0, component=8), False),
        (scan(0, 200, 0), False),
        (scan(9, 3, 0), False),
    ],
)
def test_each_coefficient_must_be_there_to_its_last_bit(scans: bytes, complete: bool) -> None:
    assert jpeg_scans.complete(scans, jpeg_scans.starts(scans, 0), FRAME, progressive=True) == complete


def test_every_scan_of_a_hostile_file_counts_although_only_a_thousand_are_read() -> None:
    scans = 1500 * scan(0, 0, 0) + scan(1, 63, 0)
    starts = jpeg_scans.starts(scans, 0)
    assert len(starts) == 1000
    assert jpeg_scans.count(scans, starts) == 1501
    assert not jpeg_scans.complete(scans, starts, FRAME, progressive=True)
