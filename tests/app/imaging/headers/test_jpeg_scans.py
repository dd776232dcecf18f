"""Whether a JPEG has all its scans shows in their heads."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.imaging.headers import jpeg, jpeg_scans
from tests.support import drawing

PROGRESSIVE = drawing.encoded(drawing.photo(96, 64), "JPEG", progressive=True)
START = list(jpeg.segments(PROGRESSIVE))[-1].begin
# Frame headers of three components and of one: their numbers, factors and tables.
YCC = bytes((8, 0, 64, 0, 96, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1))
ONE = bytes((8, 0, 1, 0, 1, 1, 7, 0x11, 0))


def scan(first: int, last: int, bits: int, component: int = 7) -> bytes:
    return b"\xff\xda\0\x08\1" + bytes((component, 0, first, last, bits)) + bytes(8)


def comment(payload: bytes) -> bytes:
    return b"\xff\xfe" + (2 + len(payload)).to_bytes(2, "big") + payload


def test_the_scans_of_an_encoder_are_complete_until_one_is_missing() -> None:
    scans = jpeg_scans.read(PROGRESSIVE, START)
    begins = [at for at in range(START, len(PROGRESSIVE)) if PROGRESSIVE[at : at + 2] == b"\xff\xda"]
    assert [part.span[0] for part in scans] == begins
    assert jpeg_scans.count(PROGRESSIVE, scans) == len(scans) > 5
    assert jpeg_scans.complete(scans, YCC, progressive=True)
    for at in begins[1:]:
        for cut in (at, at + 9):
            left = jpeg_scans.read(PROGRESSIVE[:cut], START)
            assert not jpeg_scans.complete(left, YCC, progressive=True)


def test_the_tables_behind_a_scan_stay_when_it_is_left_out() -> None:
    scans = jpeg_scans.read(PROGRESSIVE, START)
    for one, following in pairwise(scans):
        before, after = jpeg_scans.without(PROGRESSIVE, [one.span], START, len(PROGRESSIVE))
        assert bytes(before) == PROGRESSIVE[START : one.span[0]]
        tables = PROGRESSIVE.find(b"\xff\xc4", *one.span)
        assert bytes(after) == PROGRESSIVE[tables if tables > 0 else following.span[0] :]


def test_coded_bytes_that_look_like_markers_are_left_out_with_their_scan() -> None:
    coded = b"\xff\0\x01\xff\xd0\xff\xff\xd7\x02"
    data = scan(0, 0, 0) + scan(1, 63, 0) + coded + comment(b"kept") + scan(1, 63, 0)
    spans = [part.span for part in jpeg_scans.read(data, 0)]
    kept = b"".join(jpeg_scans.without(data, spans[1:2], 0, len(data)))
    assert kept == scan(0, 0, 0) + comment(b"kept") + scan(1, 63, 0)


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
        (scan(0, 0, 0) + scan(1, 63, 0)[:9], False),
    ],
)
def test_each_coefficient_must_be_there_to_its_last_bit(scans: bytes, complete: bool) -> None:
    assert jpeg_scans.complete(jpeg_scans.read(scans, 0), ONE, progressive=True) == complete


def test_every_scan_of_a_hostile_file_counts_although_only_a_thousand_are_read() -> None:
    data = 1500 * scan(0, 0, 0) + scan(1, 63, 0)
    scans = jpeg_scans.read(data, 0)
    assert len(scans) == 1000
    assert jpeg_scans.count(data, scans) == 1501
    assert not jpeg_scans.complete(scans, ONE, progressive=True)
