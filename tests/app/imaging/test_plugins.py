"""Only the decoder that is needed is loaded; HEIC, which an optional package reads, is like any other format."""

from __future__ import annotations

import random
import struct
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from app import imaging
from app.config import Limits
from app.deadline import Deadline
from app.errors import TooManyPixels, UndecodableImage, Unprocessable, UnsupportedMediaType
from tests.app.imaging.test_orientation import STORED, near
from tests.support import drawing, profiles
from tests.support.drawing import BLUE, GREEN, RED, YELLOW
from tests.support.work import LIMITS, picture, rendered


def heic(image: Image.Image, **settings: Any) -> bytes:
    out = BytesIO()
    pillow_heif.from_pillow(image).save(out, format="HEIF", **settings)
    return out.getvalue()


PHOTO = drawing.photo(96, 64, noise=20)
FILE = heic(PHOTO, quality=90)


def verify(data: bytes) -> imaging.Header:
    return imaging.verify(data, LIMITS, Deadline.after(60))


def test_a_photograph_is_read_and_becomes_a_jpeg() -> None:
    header = verify(FILE)
    assert (header.format, header.width, header.height, header.frames) == ("heic", 96, 64, 1)
    assert rendered(FILE).format == "jpeg"
    assert np.abs(drawing.array(picture(FILE, format="png")) - drawing.array(PHOTO)).mean() < 12
    assert imaging.describe(FILE, LIMITS).format == "heic"


@pytest.mark.parametrize(("mode", "result"), [("L", "L"), ("RGBA", "RGBA")])
def test_gray_and_transparent_pixels(mode: str, result: str) -> None:
    image = Image.new(mode, (64, 48), (90, 90, 90, 0) if mode == "RGBA" else 90)
    shown = picture(heic(image, quality=90))
    assert shown.mode == (result if mode == "RGBA" else "L")
    if mode == "RGBA":
        assert shown.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(orientation: int) -> None:
    transpose = STORED[orientation]
    upright = drawing.quadrants()
    data = heic(
        upright if transpose is None else upright.transpose(transpose), quality=95, exif=drawing.exif(orientation)
    )
    assert imaging.probe(data, LIMITS).orientation == 1
    shown = picture(data, format="png")
    assert shown.size == (64, 48)
    assert near(shown, RED, GREEN, BLUE, YELLOW)
    again = rendered(data, format="jpeg", metadata="all")
    assert imaging.probe(again.body, LIMITS).orientation == 1


def test_its_exif_can_be_kept() -> None:
    data = heic(PHOTO, exif=drawing.author("A. Nother"))
    assert imaging.describe(data, LIMITS).exif["artist"] == "A. Nother"
    result = rendered(data, format="jpeg", metadata="copyright")
    assert imaging.describe(result.body, LIMITS).exif == {"artist": "A. Nother", "copyright": "(c) A. Nother"}


def test_its_profile_is_applied() -> None:
    image = Image.new("RGB", (32, 32), (200, 60, 60))
    image.info["icc_profile"] = profiles.rgb()
    red, *_ = drawing.array(picture(heic(image, quality=100), format="png"))[16, 16]
    assert red > 210


def test_of_several_pictures_the_primary_is_read() -> None:
    file = pillow_heif.from_pillow(PHOTO)
    file.add_from_pillow(Image.new("RGB", (32, 32)))
    out = BytesIO()
    file.save(out, format="HEIF")
    assert imaging.probe(out.getvalue(), LIMITS).frames == 1
    assert (picture(out.getvalue()).size) == (96, 64)


def test_too_many_pixels() -> None:
    with pytest.raises(TooManyPixels, match="96×64"):
        imaging.probe(FILE, Limits(max_source_pixels=96 * 64 - 1))


def test_a_file_that_lies_about_its_size_is_refused() -> None:
    at = FILE.index(b"ispe") + 8
    lying = FILE[:at] + (48).to_bytes(4, "big") + (32).to_bytes(4, "big") + FILE[at + 8 :]
    with pytest.raises(UndecodableImage):
        verify(lying)


def test_truncation_is_always_an_error() -> None:
    cuts = {12, 30, len(FILE) - 1, len(FILE) - 2, *range(40, len(FILE) - 2, len(FILE) // 40)}
    for cut in cuts:
        with pytest.raises((UndecodableImage, UnsupportedMediaType)):
            rendered(FILE[:cut], width=24)
        with pytest.raises((UndecodableImage, UnsupportedMediaType)):
            verify(FILE[:cut])


@pytest.mark.filterwarnings("ignore")
def test_garbage_is_refused_or_rendered_but_never_crashes() -> None:
    chance = random.Random(5)
    for _ in range(100):
        data = bytearray(FILE)
        for _ in range(chance.choice((1, 2, 8, 40))):
            data[chance.randrange(chance.choice((64, 600, len(data))))] = chance.randrange(256)
        with suppress(Unprocessable, UnsupportedMediaType):
            verify(bytes(data))


def test_without_the_package_the_hint_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnsupportedMediaType, match=r"requirements-heic\.txt"):
        imaging.probe(FILE, LIMITS)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_its_cost_is_known_beforehand(mode: str) -> None:
    header = imaging.probe(heic(drawing.photo(64, 64).convert(mode)), LIMITS)
    said = imaging.verify_cost(header)
    assert said.memory_bytes > header.bytes + 10 * header.pixels
    assert said.cpu_s > 0


def test_heic_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    with pytest.raises(UnsupportedMediaType, match="HEIC"):
        imaging.probe(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 99, LIMITS)
