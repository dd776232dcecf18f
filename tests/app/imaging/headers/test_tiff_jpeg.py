"""JPEG in a TIFF is decoded only if it has one baseline scan and fits its strip or tile."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import UndecodableImage
from app.imaging.headers import jpeg, tiff_jpeg
from bench.cost_model.variants import separate_scans
from tests.support import drawing, second_reader, tiff_strips
from tests.support.work import LIMITS, picture

JPEG = 7
PHOTO = drawing.photo(64, 48)


def strip(height: int = 16, **settings: Any) -> bytes:
    return drawing.encoded(PHOTO.crop((0, 0, 64, height)), "JPEG", keep_rgb=True, subsampling=0, **settings)


def file(*strips: bytes, height: int = 16) -> bytes:
    return tiff_strips.file((64, height), JPEG, strips, part=(64, 16))


def test_strips_of_baseline_are_shown() -> None:
    shown = picture(file(strip(), strip(), strip(8), height=40), format="png")
    assert shown.size == (64, 40)


@pytest.mark.parametrize("settings", [{}, {"tile": True}, {"rgbjpeg": True}])
def test_what_libtiff_writes_is_shown(settings: dict[str, Any]) -> None:
    data = second_reader.tiff("RGB", "uchar", compression="jpeg", **settings)
    header = imaging.probe(data, LIMITS)
    assert (header.packing, header.surplus) == ("jpeg", 0)
    imaging.verify(data, LIMITS, Deadline.after(60))


def test_a_last_strip_may_be_filled_up() -> None:
    assert imaging.probe(file(strip(), strip(), height=24), LIMITS).height == 24


@pytest.mark.parametrize("kind", ["progressive", "scans"])
def test_several_scans_are_refused(kind: str) -> None:
    """A progressive JPEG of 800 by 60,000 in a strip of 800 by 8 took 3.3 s and 96 MB, and 0.01 s were estimated."""
    coded = strip(progressive=True) if kind == "progressive" else separate_scans(PHOTO.crop((0, 0, 64, 16)))
    with pytest.raises(UndecodableImage, match="the TIFF has JPEG in it that is not baseline, or has several scans"):
        imaging.probe(file(strip(), coded, height=32), LIMITS)


def test_arithmetic_coding_is_refused() -> None:
    """It takes four times as long as was estimated."""
    coded = strip().replace(b"\xff\xc0", b"\xff\xc9", 1)
    with pytest.raises(UndecodableImage, match="not baseline"):
        imaging.probe(file(coded), LIMITS)


@pytest.mark.parametrize(("at", "stated"), [(5, 48), (7, 65)])
def test_a_picture_larger_than_its_strip_is_refused(at: int, stated: int) -> None:
    coded = bytearray(strip())
    struct.pack_into(">H", coded, coded.index(b"\xff\xc0") + at, stated)
    with pytest.raises(UndecodableImage, match="larger than its strip or tile"):
        imaging.probe(file(bytes(coded)), LIMITS)


def test_equal_heads_are_read_once() -> None:
    coded = strip()
    head = list(jpeg.segments(coded))[-1].end
    places = [(0, len(coded))] * 30_000
    tiff_jpeg.check(coded, places, 64, 16)
    other = coded.replace(b"\xff\xc0", b"\xff\xc1", 1)
    pairs = [(0, head), (len(coded), len(coded) + head)] * 15_000
    with pytest.raises(ValueError, match="too many segments"):
        tiff_jpeg.check(coded + other + bytes(1 << 22), pairs, 64, 16)


def test_a_strip_ends_where_it_is_said_to() -> None:
    coded = strip()
    with pytest.raises(EOFError):
        tiff_jpeg.check(coded, [(0, 60)], 64, 16)
    with pytest.raises(ValueError, match="not found"):
        tiff_jpeg.check(coded[:2] + bytes(500) + coded, [(0, 400)], 64, 16)
