"""Whether a JPEG has all its scans shows in their heads."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from app.imaging.headers import jpeg, jpeg_scans
from tests.support import drawing

PROGRESSIVE = drawing.encoded(drawing.photo(96, 64), "JPEG", progressive=True)
START = list(jpeg.segments(PROGRESSIVE))[-1].begin
# Frame headers of three components and of one: their numbers, factors and tables.
YCC = bytes((8, 0, 64, 0, 96, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1))
ONE = bytes((8, 0, 1, 0, 1, 1, 7, 0x11, 0))
END = b"\xff\xd9"


def scan(first: int, last: int, bits: int, component: int = 7) -> bytes:
    return b"\xff\xda\0\x08\1" + bytes((component, 0, first, last, bits)) + bytes(8)


def comment(payload: bytes) -> bytes:
    return b"\xff\xfe" + (2 + len(payload)).to_bytes(2, "big") + payload


def test_the_scans_of_an_encoder_are_complete_until_one_is_missing() -> None:
    scans = jpeg_scans.read(PROGRESSIVE, START).scans
    begins = [at for at in range(START, len(PROGRESSIVE)) if PROGRESSIVE[at : at + 2] == b"\xff\xda"]
    assert [part.span[0] for part in scans] == begins
    assert len(scans) > 5
    assert jpeg_scans.complete(scans, YCC, progressive=True)
    for at in begins[1:]:
        for cut in (at, at + 9):
            left = jpeg_scans.read(PROGRESSIVE[:cut], START).scans
            assert not jpeg_scans.complete(left, YCC, progressive=True)


def test_a_scan_ends_where_the_tables_of_the_next_begin() -> None:
    scans = jpeg_scans.read(PROGRESSIVE, START).scans
    for one, following in pairwise(scans):
        between = PROGRESSIVE[one.span[1] : following.span[0]]
        assert between == b"" or between[:2] == b"\xff\xc4"
    assert PROGRESSIVE[scans[-1].span[1] :] == END


def test_what_looks_like_a_marker_in_coded_bytes_and_in_heads_belongs_to_the_scan() -> None:
    """Stuffed bytes, restarts, fills, damage, and the number 255 of a component before that of its table."""
    coded = b"\xff\0\x01\xff\xd0\xff\x17\x02\xff\xff"
    data = scan(0, 0, 0) + scan(1, 63, 0, component=255) + coded + comment(b"") + scan(1, 63, 0)
    spans = [part.span for part in jpeg_scans.read(data, 0).scans]
    assert data[slice(*spans[1])] == scan(1, 63, 0, component=255) + coded
    assert data[slice(*spans[2])] == scan(1, 63, 0)


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
        (scan(0, 0, 0) + comment(scan(1, 63, 0)), False),
        (scan(0, 0, 0) + comment(scan(1, 1, 0)) + scan(1, 63, 0), True),
        (scan(0, 0, 0) + b"\xff\x17\xff\xff" + scan(1, 63, 0), True),
        (scan(0, 0, 0) + END + b"\0\2" + scan(1, 63, 0), False),
        (scan(0, 0, 0) + scan(1, 63, 0) + END + b"\xff\xda\0\6\0\1\x3f\0" * 3, True),
    ],
)
def test_each_coefficient_must_be_there_to_its_last_bit(scans: bytes, complete: bool) -> None:
    assert jpeg_scans.complete(jpeg_scans.read(scans, 0).scans, ONE, progressive=True) == complete


@pytest.mark.parametrize("segment", [scan(0, 0, 0), comment(b""), comment(bytes(60_000))])
def test_a_file_of_very_many_segments_is_refused(segment: bytes) -> None:
    assert len(jpeg_scans.read(400 * segment + scan(0, 0, 0), 0).scans) in (1, 401)
    with pytest.raises(ValueError, match="too many segments"):
        jpeg_scans.read(scan(0, 0, 0) + 3000 * segment, 0)


@pytest.mark.parametrize("unit", [b"\xff\0", b"\xff\xd0", b"\xff\xff", b"\xff\x01"])
def test_no_time_goes_into_bytes_that_are_nearly_markers(unit: bytes) -> None:
    data = scan(0, 0, 0) + unit * 12_000_000
    before = time.process_time()
    with pytest.raises(ValueError, match="too many markers"):
        jpeg_scans.read(data, 0)
    assert time.process_time() - before < 0.2


def test_a_marker_is_found_wherever_it_is() -> None:
    for size in (65_525, 65_526, 65_527, 65_528, 65_529, 131_072):
        data = scan(0, 0, 0) + bytes(size) + scan(1, 63, 0)
        assert len(jpeg_scans.read(data, 0).scans) == 2
