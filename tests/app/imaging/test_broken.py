"""Broken, truncated and hostile files are refused with our words, and never shown in part."""

from __future__ import annotations

import random
import struct
import sys
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from app import imaging
from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.errors import (
    OutputTooLarge,
    TooManyFrames,
    TooManyPixels,
    UndecodableImage,
    Unprocessable,
    UnsupportedMediaType,
)
from tests.support import drawing
from tests.support.work import LIMITS, options

PHOTO = drawing.photo(96, 64, noise=20)
CLEAR = drawing.noise(96, 64, "RGBA")
FILES = {
    "jpeg": drawing.encoded(PHOTO, "JPEG", quality=90),
    "progressive": drawing.encoded(PHOTO, "JPEG", quality=90, progressive=True),
    "restarts": drawing.encoded(PHOTO, "JPEG", restart_marker_blocks=4),
    "cmyk": drawing.encoded(PHOTO.convert("CMYK"), "JPEG"),
    "png": drawing.encoded(CLEAR, "PNG"),
    "palette": drawing.encoded(PHOTO.quantize(60), "PNG"),
    "apng": drawing.animation("PNG", drawing.moving(), duration=50),
    "webp": drawing.encoded(PHOTO, "WEBP"),
    "lossless": drawing.encoded(CLEAR, "WEBP", lossless=True),
    "clear webp": drawing.encoded(CLEAR, "WEBP"),
    "moving webp": drawing.animation("WEBP", drawing.moving(), duration=50),
    "gif": drawing.encoded(PHOTO, "GIF"),
    "moving gif": drawing.animation("GIF", drawing.moving(), duration=50),
    "avif": drawing.encoded(PHOTO, "AVIF"),
    "clear avif": drawing.encoded(CLEAR, "AVIF"),
    "moving avif": drawing.animation("AVIF", drawing.moving(), duration=50),
    "tiff": drawing.encoded(PHOTO, "TIFF"),
    "lzw": drawing.encoded(PHOTO, "TIFF", compression="tiff_lzw"),
    "deflate": drawing.encoded(PHOTO, "TIFF", compression="tiff_adobe_deflate"),
    "packbits": drawing.encoded(PHOTO, "TIFF", compression="packbits"),
    "jpeg in tiff": drawing.encoded(PHOTO, "TIFF", compression="jpeg"),
    "cmyk tiff": drawing.encoded(PHOTO.convert("CMYK"), "TIFF"),
    "wide tiff": drawing.encoded(PHOTO.convert("L").convert("I;16"), "TIFF"),
    "bmp": drawing.encoded(PHOTO, "BMP"),
    "palette bmp": drawing.encoded(PHOTO.quantize(60), "BMP"),
}
quiet = pytest.mark.filterwarnings("ignore")  # Pillow warns about broken EXIF and TIFF tags; ours is the error


def render(data: bytes, **wanted: object) -> imaging.Rendition:
    work = imaging.prepare(data, options(**wanted), LIMITS)
    return imaging.render(work, data, Deadline.after(60), Stopwatch())


@quiet
@pytest.mark.parametrize("name", FILES)
def test_truncation_is_always_an_error(name: str) -> None:
    data = FILES[name]
    cuts = {0, 1, 3, 8, 11, 17, 30, len(data) - 1, len(data) - 2, *range(40, len(data) - 2, max(1, len(data) // 40))}
    for cut in cuts:
        for attempt in (
            lambda part: render(part, width=24),
            lambda part: imaging.verify(part, LIMITS, Deadline.after(60)),
        ):
            with pytest.raises((UndecodableImage, UnsupportedMediaType)):
                attempt(data[:cut])


@quiet
@pytest.mark.parametrize("name", FILES)
def test_garbage_is_refused_or_drawn_but_never_crashes(name: str) -> None:
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(FILES[name])
        for _ in range(chance.choice((1, 2, 8, 40))):
            data[chance.randrange(chance.choice((64, len(data))))] = chance.randrange(256)
        with suppress(Unprocessable, UnsupportedMediaType):
            render(bytes(data), width=24, format=chance.choice(("jpeg", "png", "webp")))
        with suppress(Unprocessable, UnsupportedMediaType):
            imaging.verify(bytes(data), LIMITS, Deadline.after(60))


@quiet
def test_random_bytes_behind_each_magic() -> None:
    chance = random.Random(7)
    for name, whole in FILES.items():
        for size in (0, 1, 10, 200, 3000):
            data = whole[: 12 if name != "avif" else 40] + chance.randbytes(size)
            with pytest.raises((UndecodableImage, UnsupportedMediaType, TooManyPixels, TooManyFrames)):
                render(data)


@pytest.mark.parametrize("name", FILES)
def test_whole_files_verify(name: str) -> None:
    header = imaging.verify(FILES[name], LIMITS, Deadline.after(60))
    assert header == imaging.probe(FILES[name], LIMITS)
    assert header.bytes == len(FILES[name])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"RIFF1234WAVE"]
)
def test_other_content_is_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        imaging.probe(data, LIMITS)


def test_heic_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    with pytest.raises(UnsupportedMediaType, match="HEIC"):
        imaging.probe(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 99, LIMITS)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "avif", "tiff", "bmp"])
def test_too_many_pixels_by_header(name: str) -> None:
    with pytest.raises(TooManyPixels, match="96×64"):
        imaging.probe(FILES[name], Limits(max_source_pixels=96 * 64 - 1))
    assert imaging.probe(FILES[name], Limits(max_source_pixels=96 * 64)).pixels == 96 * 64


@pytest.mark.parametrize("name", ["apng", "moving gif", "moving webp", "moving avif"])
def test_too_many_frames(name: str) -> None:
    with pytest.raises(TooManyFrames, match="4 frames"):
        imaging.probe(FILES[name], Limits(max_frames=3))
    assert imaging.probe(FILES[name], Limits(max_frames=4)).frames == 4


def test_a_bomb_in_the_header_is_refused_before_any_pixel() -> None:
    bomb = drawing.png((60000, 60000), 8, 2, [b""])
    with pytest.raises(TooManyPixels):
        imaging.probe(bomb, LIMITS)
    gif = FILES["gif"][:6] + struct.pack("<HH", 65535, 65535) + FILES["gif"][10:]
    with pytest.raises(TooManyPixels):
        imaging.probe(gif, LIMITS)


def test_a_line_one_pixel_wide_cannot_be_blown_up() -> None:
    """Its height follows its width: eight thousand times as wide is sixty-four million pixels high."""
    line = drawing.encoded(Image.new("L", (1, 8000)), "PNG")
    for fit in ("inside", "outside", "cover"):
        with pytest.raises(OutputTooLarge):
            imaging.prepare(line, options(width=8000, upscale=True, fit=fit), LIMITS)
    with pytest.raises(OutputTooLarge):
        imaging.prepare(line, options(width=8000, height=8000, upscale=True, fit="fill"), LIMITS)


def test_texts_and_other_chunks_are_not_unpacked() -> None:
    """Pillow would refuse this text, and keep 64 MB of smaller ones; nobody asked for either."""
    text = b"Comment\0\0" + zlib.compress(bytes(20_000_000))
    data = drawing.with_chunk(FILES["png"], b"zTXt", text)
    assert imaging.probe(data, LIMITS).stripped
    result = render(data, format="png")
    assert drawing.opened(result.body).tobytes() == CLEAR.tobytes()
    assert imaging.verify(data, LIMITS, Deadline.after(60)).stripped


def test_an_apng_that_promises_more_frames_is_a_still() -> None:
    at = FILES["apng"].index(b"acTL") - 4
    promise = drawing.chunk(b"acTL", struct.pack(">II", 9, 0))
    data = FILES["apng"][:at] + promise + FILES["apng"][at + 20 :]
    assert render(data).frames == 1


def test_an_apng_frame_larger_than_its_canvas_is_refused_before_it_is_decoded() -> None:
    at = FILES["apng"].rindex(b"fcTL") - 4
    control = bytearray(FILES["apng"][at + 8 : at + 34])
    control[4:12] = struct.pack(">II", 100_000, 100_000)
    data = FILES["apng"][:at] + drawing.chunk(b"fcTL", bytes(control)) + FILES["apng"][at + 38 :]
    with pytest.raises(UndecodableImage):
        render(data)


@quiet
def test_broken_exif_does_not_fail_an_image() -> None:
    for block in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0garbage", drawing.exif(9), drawing.exif(0)):
        data = drawing.encoded(PHOTO, "JPEG", exif=block)
        assert imaging.probe(data, LIMITS).orientation == 1
        assert render(data, width=10).width == 10


def test_several_pictures_in_one_jpeg_are_the_first() -> None:
    data = drawing.encoded(PHOTO, "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    for format in ("jpeg", "avif", "gif", "webp", "png"):
        assert render(data, format=format).frames == 1


def test_thirty_two_bit_samples_are_refused_with_words() -> None:
    data = drawing.encoded(Image.new("F", (8, 8)), "TIFF")
    with pytest.raises(UndecodableImage, match="32 bits"):
        imaging.probe(data, LIMITS)
