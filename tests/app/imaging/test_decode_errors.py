"""Broken, truncated and hostile files are refused with our own errors, and never shown in part."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from PIL import Image

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import (
    TooCostly,
    TooManyFrames,
    TooManyPixels,
    UndecodableImage,
    Unprocessable,
    UnsupportedMediaType,
)
from app.imaging.decode_errors import decoding
from tests.support import drawing
from tests.support.work import LIMITS, rendered

PHOTO = drawing.photo(96, 64, noise=20)
NOISE = drawing.noise(96, 64, "RGBA")
FILES = {
    "jpeg": drawing.encoded(PHOTO, "JPEG", quality=90),
    "progressive": drawing.encoded(PHOTO, "JPEG", quality=90, progressive=True),
    "restarts": drawing.encoded(PHOTO, "JPEG", restart_marker_blocks=4),
    "cmyk": drawing.encoded(PHOTO.convert("CMYK"), "JPEG"),
    "png": drawing.encoded(NOISE, "PNG"),
    "palette": drawing.encoded(PHOTO.quantize(60), "PNG"),
    "apng": drawing.animation("PNG", drawing.moving(), duration=50),
    "webp": drawing.encoded(PHOTO, "WEBP"),
    "lossless": drawing.encoded(NOISE, "WEBP", lossless=True),
    "clear webp": drawing.encoded(NOISE, "WEBP"),
    "moving webp": drawing.animation("WEBP", drawing.moving(), duration=50),
    "gif": drawing.encoded(PHOTO, "GIF"),
    "moving gif": drawing.animation("GIF", drawing.moving(), duration=50),
    "avif": drawing.encoded(PHOTO, "AVIF"),
    "clear avif": drawing.encoded(NOISE, "AVIF"),
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
quiet = pytest.mark.filterwarnings("ignore")  # Pillow warns about broken EXIF and TIFF tags; the error is ours


# How many bytes these formats have behind their last pixel: markers, checksums, the last chunk.
BEHIND_PIXELS = {"jpeg": 2, "progressive": 2, "restarts": 2, "cmyk": 2, "png": 16, "palette": 16, "apng": 12, "gif": 1}


@quiet
@pytest.mark.parametrize("name", FILES)
def test_truncation_is_an_error_as_soon_as_a_pixel_is_missing(name: str) -> None:
    data = FILES[name]
    end, whole = len(data) - BEHIND_PIXELS.get(name, 0), _shown(data)
    for cut in {0, 1, 3, 8, 11, 17, 30, *range(40, end, max(1, end // 40)), *range(end - 10, len(data))}:
        for attempt in (_shown, _verified):
            try:
                shown = attempt(data[:cut])
            except (UndecodableImage, UnsupportedMediaType):
                assert cut < end
            else:
                if name == "moving gif":
                    # no GIF says how many images it has, so one that is cut between two of them is whole
                    assert shown is None or _frames(shown) == _frames(whole)[: len(_frames(shown))]
                    continue
                # the last byte or two may hold nothing but filling and checksums
                assert cut >= end - 6
                assert shown in (None, whole)


def _shown(part: bytes) -> bytes:
    return rendered(part, format="png").body


def _frames(data: bytes) -> list[bytes]:
    return [frame.tobytes() for frame in drawing.frames(data)]


def _verified(part: bytes) -> None:
    imaging.verify(part, LIMITS, Deadline.after(60))


@quiet
@pytest.mark.parametrize("name", FILES)
def test_garbage_is_refused_or_rendered_but_never_crashes(name: str) -> None:
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(FILES[name])
        for _ in range(chance.choice((1, 2, 8, 40))):
            data[chance.randrange(chance.choice((64, len(data))))] = chance.randrange(256)
        with suppress(Unprocessable, UnsupportedMediaType):
            rendered(bytes(data), width=24, format=chance.choice(("jpeg", "png", "webp")))
        with suppress(Unprocessable, UnsupportedMediaType):
            imaging.verify(bytes(data), LIMITS, Deadline.after(60))


@quiet
def test_random_bytes_behind_each_magic() -> None:
    chance = random.Random(7)
    for name, whole in FILES.items():
        for size in (0, 1, 10, 200, 3000):
            data = whole[: 12 if name != "avif" else 40] + chance.randbytes(size)
            with pytest.raises((UndecodableImage, UnsupportedMediaType, TooManyPixels, TooManyFrames)):
                rendered(data)


@pytest.mark.parametrize("name", FILES)
def test_whole_files_verify(name: str) -> None:
    header = imaging.verify(FILES[name], LIMITS, Deadline.after(60))
    assert header == imaging.probe(FILES[name], LIMITS)
    assert header.bytes == len(FILES[name])


@pytest.mark.parametrize(
    ("raised", "error"),
    [(MemoryError(), TooCostly), (EOFError(), UndecodableImage), (Image.DecompressionBombError(), UndecodableImage)],
)
def test_what_a_decoder_raises_becomes_an_error_of_our_own(raised: Exception, error: type[Exception]) -> None:
    with pytest.raises(error) as caught, decoding("png"):
        raise raised
    assert caught.value.__cause__ is raised


def test_an_error_that_no_decoder_raises_is_not_hidden() -> None:
    class Unrelated(Exception):
        pass

    with pytest.raises(Unrelated), decoding("png"):
        raise Unrelated
