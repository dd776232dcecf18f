"""Formats are detected by content, and files that are too large are refused by their header."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable, Mapping

import pytest

from app import imaging
from app.core.config import Limits
from app.core.errors import SourceTooLarge, TooManyFrames, TooManyPixels, UndecodableImage, UnsupportedMediaType
from tests.support import drawing, heic, profiles
from tests.support.work import LIMITS

DURATIONS = [100, 250, 40, 610]
PHOTO = drawing.photo(96, 64, noise=20)
STILLS = {name: drawing.encoded(PHOTO, name.upper()) for name in ("jpeg", "png", "webp", "gif", "avif", "tiff", "bmp")}
MOVING = {name: drawing.animation(name, drawing.moving(), duration=50) for name in ("PNG", "GIF", "WEBP", "AVIF")}


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"RIFF1234WAVE"]
)
def test_other_content_is_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("name", STILLS)
def test_too_many_pixels(name: str) -> None:
    with pytest.raises(TooManyPixels, match="96×64"):
        imaging.probe(STILLS[name], Limits(max_source_pixels=96 * 64 - 1))
    assert imaging.probe(STILLS[name], Limits(max_source_pixels=96 * 64)).pixels == 96 * 64


def test_too_many_bytes() -> None:
    data = STILLS["jpeg"]
    with pytest.raises(SourceTooLarge, match=f"{len(data)} bytes"):
        imaging.probe(data, Limits(max_source_bytes=len(data) - 1))
    assert imaging.probe(data, Limits(max_source_bytes=len(data))).bytes == len(data)


@pytest.mark.parametrize("name", MOVING)
def test_too_many_frames(name: str) -> None:
    with pytest.raises(TooManyFrames, match="4 frames"):
        imaging.probe(MOVING[name], Limits(max_frames=3))
    assert imaging.probe(MOVING[name], Limits(max_frames=4)).frames == 4


CUT = heic.with_properties(heic.coded(drawing.photo(512, 512)), heic.aperture((512, 512), 9, 9, 2, 2))
OVERHANGING = STILLS["gif"][:6] + struct.pack("<HH", 1, 1) + STILLS["gif"][10:]
LARGER_STILL = MOVING["AVIF"].replace(
    b"ispe\0\0\0\0" + struct.pack(">II", *drawing.moving()[0].size), b"ispe\0\0\0\0" + struct.pack(">II", 9999, 9999)
)
WHOLE = {
    **STILLS,
    **MOVING,
    "a cut HEIC": heic.file([CUT]),
    "an image larger than its canvas": OVERHANGING,
    "a sequence with a larger still picture": LARGER_STILL,
}


@pytest.mark.parametrize("name", WHOLE)
def test_no_beginning_is_refused_of_a_file_that_is_taken(name: str) -> None:
    data = WHOLE[name]
    assert MOVING["AVIF"] != LARGER_STILL
    exact = Limits(max_source_pixels=imaging.probe(data, LIMITS).pixels)
    heads = [data[:length] for length in (64, 300, 1000, 3000, len(data))]
    want_more = [imaging.check_front(head, exact) for head in heads]
    assert want_more == sorted(want_more, reverse=True), "what was told once stays told"


@pytest.mark.parametrize("head", [b"\xff\xd8\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(60), b"GIF89a", b"BM", b"II*\0"])
def test_a_beginning_that_tells_no_size_may_go_on(head: bytes) -> None:
    assert imaging.check_front(head, LIMITS)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    bomb = drawing.png((60000, 60000), 8, 2, [b""])
    with pytest.raises(TooManyPixels):
        imaging.probe(bomb, LIMITS)
    gif = STILLS["gif"][:6] + struct.pack("<HH", 65535, 65535) + STILLS["gif"][10:]
    with pytest.raises(TooManyPixels):
        imaging.probe(gif, LIMITS)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_the_header_states_the_total_duration(format: str) -> None:
    data = drawing.animation(format, drawing.moving(), duration=DURATIONS)
    assert imaging.describe(data, LIMITS).duration == sum(DURATIONS)
    assert imaging.describe(drawing.encoded(drawing.moving()[0], format), LIMITS).duration == 0


def test_an_image_without_pixels_is_refused() -> None:
    screen, frame = struct.pack("<HHBBB", 0, 0, 0, 0, 0), struct.pack("<4HB", 0, 0, 0, 0, 0)
    with pytest.raises(UndecodableImage, match="no pixels"):
        imaging.probe(b"GIF89a" + screen + b"\x2c" + frame + b"\x02\x00\x3b", LIMITS)


LARGE = 20_000_000
TURNED = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + bytes(LARGE)


def with_chunk(name: bytes, payload: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + payload))
    return STILLS["png"][:33] + struct.pack(">I4s", len(payload), name) + payload + checksum + STILLS["png"][33:]


def jpeg_in_segments(block: bytes) -> bytes:
    pieces = [block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    segments = [b"\xff\xe1" + struct.pack(">H", 8 + len(piece)) + b"Exif\0\0" + piece for piece in pieces]
    return b"".join((STILLS["jpeg"][:2], *segments, STILLS["jpeg"][2:]))


WITH_METADATA: Mapping[str, tuple[Callable[[], bytes], int, float]] = {
    "EXIF of a PNG": (lambda: with_chunk(b"eXIf", TURNED), 6, 0.05),
    "a profile of a PNG, not packed": (lambda: with_chunk(b"iCCP", b"P\0\0" + zlib.compress(bytes(LARGE), 0)), 1, 0.65),
    "EXIF of a WebP": (lambda: drawing.encoded(PHOTO, "WEBP", exif=b"Exif\0\0" + TURNED), 6, 0.05),
    "EXIF of a JPEG, in segments": (lambda: jpeg_in_segments(TURNED), 6, 0.05),
    "a note of a TIFF": (lambda: drawing.encoded(PHOTO, "TIFF", tiffinfo={37724: bytes(LARGE)}), 1, 0.05),
    "a description of a TIFF": (lambda: drawing.encoded(PHOTO, "TIFF", tiffinfo={270: "x" * LARGE}), 1, 0.05),
    "a profile of a TIFF": (
        lambda: drawing.encoded(PHOTO, "TIFF", icc_profile=profiles.rgb() + bytes(LARGE)),
        *(1, 1.05),
    ),
    "EXIF of a HEIC": (
        lambda: heic.file([heic.coded(PHOTO), heic.Item(b"Exif", bytes(4) + TURNED)], [(b"cdsc", 2, (1,))]),
        *(1, 0.05),
    ),
}


@pytest.mark.parametrize("name", WITH_METADATA)
def test_metadata_is_read_where_it_is(name: str) -> None:
    """It is read before anybody asks whether there is memory for the image; copies of 20 MB would add up."""
    make, orientation, most = WITH_METADATA[name]
    data = make()
    tracemalloc.start()
    try:
        assert imaging.probe(data, LIMITS).orientation == orientation
        assert tracemalloc.get_traced_memory()[1] < most * LARGE
    finally:
        tracemalloc.stop()
