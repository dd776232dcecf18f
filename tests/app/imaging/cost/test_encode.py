"""What encoding is estimated to take beyond the rate of a format."""

from __future__ import annotations

from msgspec.structs import replace

from app import imaging
from app.imaging.work import planned
from tests.support import drawing
from tests.support.work import LIMITS, options


def test_metadata_that_is_kept_is_copied_again() -> None:
    header = imaging.probe(drawing.encoded(drawing.noise(64, 64), "PNG"), LIMITS)
    long = replace(header, bytes=16_000_000, metadata=16_000_000)
    read, kept = (planned(long, options(metadata=which), LIMITS).cost for which in ("none", "all"))
    assert kept.memory_bytes > 8 * 16_000_000
    assert kept.memory_bytes >= read.memory_bytes + 4 * 16_000_000
