"""The cost of decoding, estimated from the header: large images, many frames, many scans."""

from __future__ import annotations

from msgspec.structs import replace

from app import imaging
from tests.support import drawing
from tests.support.work import LIMITS

MIB = 1024 * 1024


def test_work_that_does_not_fit_is_refused_beforehand() -> None:
    webp = drawing.encoded(drawing.photo(64, 64), "WEBP")
    header = imaging.probe(webp, LIMITS)
    large = replace(header, stored_width=7000, stored_height=7000)
    assert imaging.verify_cost(large).memory_bytes > LIMITS.memory_mb * MIB
    many = replace(imaging.probe(drawing.animation("GIF", drawing.moving(), duration=9), LIMITS), frames=300)
    assert imaging.verify_cost(replace(many, stored_width=3000, stored_height=2000)).cpu_s > 30


def test_many_scans_of_a_progressive_jpeg_are_counted() -> None:
    data = drawing.encoded(drawing.photo(64, 64), "JPEG", progressive=True)
    header = imaging.probe(data, LIMITS)
    assert header.scans > 5
    hostile = replace(header, stored_width=8000, stored_height=6000, scans=2000)
    assert imaging.verify_cost(hostile).cpu_s > 30
