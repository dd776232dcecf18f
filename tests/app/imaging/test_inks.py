"""Inks and Lab are reduced as the colors that they stand for, as sharp does: libvips converts, then reduces."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tests.support import drawing, profiles, second_reader
from tests.support.resampling import needs_library
from tests.support.work import WATERMARK_ID, picture, prepared, rendered

FORMATS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 92}, "TIFF": {}}


@cache
def press() -> bytes:
    """Return the profile of a real press, whose mixtures of inks have another hue than what is mixed."""
    return second_reader.press_profile()


def inked(image: Image.Image, format: str) -> bytes:
    """Return a file of the inks that print the image."""
    profile = ImageCms.ImageCmsProfile(BytesIO(press()))
    to_inks = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), profile, "RGB", "CMYK")
    return drawing.encoded(to_inks.apply(image), format, icc_profile=press(), **FORMATS[format])


@cache
def inked_photo(format: str) -> tuple[bytes, NDArray[np.uint8]]:
    """Return a file of a photograph in inks, and its samples in sRGB as libvips converts them."""
    data = inked(drawing.photo(1280, 960), format)
    return data, second_reader.srgb_samples(data)


def checkerboard(side: int, square: int) -> Image.Image:
    y, x = np.mgrid[0:side, 0:side] // square
    return Image.fromarray(((y + x) % 2 * 255).astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize("width", [700, 350, 160, 80, 40])
@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_in_inks_is_reduced_as_libvips_does(format: str, width: int) -> None:
    """One sample in a hundred was off by 14 or more at a sixteenth of the size."""
    data, converted = inked_photo(format)
    got = drawing.array(picture(data, width=width, format="png"))
    expected = second_reader.resized(converted, width)
    assert np.percentile(np.abs(got - expected), 99) <= 5


@pytest.mark.parametrize("side", [128, 256, 512, 1024])
@pytest.mark.parametrize("format", FORMATS)
def test_black_and_white_in_inks_become_a_neutral_gray(format: str, side: int) -> None:
    """They became yellow: 135,133,106. At 1024 the decoder of a JPEG may shrink by four, as large as a square."""
    data = inked(checkerboard(side, 4), format)
    got = drawing.array(picture(data, width=32, format="png")).mean(axis=(0, 1))
    assert np.abs(got - second_reader.converted(data, 32).mean(axis=(0, 1))).max() <= 2
    assert got.max() - got.min() <= 8


def test_a_watermark_in_inks_is_reduced_as_its_colors() -> None:
    data = inked(checkerboard(256, 4), "TIFF")
    query = {"watermark": WATERMARK_ID, "watermark_scale": 1, "format": "png"}
    shown = drawing.array(picture(drawing.flat(0, 0, 0, size=(32, 32)), mark=data, **query))
    assert np.abs(shown - second_reader.converted(data, 32)).max() <= 3


def test_inks_without_a_profile_are_reduced_as_their_colors() -> None:
    """Half of cyan beside half of black came out with 64 of red, which neither of them has."""
    inks = np.zeros((64, 64, 4), np.uint8)
    inks[::2] = (255, 0, 0, 0)
    inks[1::2] = (0, 0, 0, 255)
    image = Image.frombytes("CMYK", (64, 64), inks.tobytes())
    shown = drawing.array(picture(drawing.encoded(image, "TIFF"), width=16, format="png"))
    assert shown.mean(axis=(0, 1)) == pytest.approx((0, 127.5, 127.5), abs=1)


# what rings beyond black and white in a first pass is lost to the second one of Pillow
@pytest.mark.parametrize("width", [pytest.param(200, marks=needs_library), 40, 20])
def test_lab_is_reduced_as_its_colors(width: int) -> None:
    """In Lab, black and white make a gray of 119, and in sRGB one of 127."""
    image = Image.merge("LAB", (checkerboard(320, 4).getchannel("R"), *(Image.new("L", (320, 320), 128),) * 2))
    got = drawing.array(picture(drawing.encoded(image, "TIFF"), width=width, format="png"))
    expected = second_reader.resized(np.asarray(checkerboard(320, 4)), width)
    assert np.abs(got - expected).max() <= 3


@pytest.mark.parametrize("mode", ["CMYK", "LAB"])
def test_a_profile_for_rgb_describes_no_other_samples(mode: str) -> None:
    """It neither converts them again, once they are RGB, nor is it kept with them."""
    image = Image.new(mode, (16, 16), (60, 100, 160, 20)[: len(Image.new(mode, (1, 1)).getbands())])
    plain = rendered(drawing.encoded(image, "TIFF"), format="png").body
    for icc in ("srgb", "keep"):
        made = rendered(drawing.encoded(image, "TIFF", icc_profile=profiles.rgb(1.0)), icc=icc, format="png").body
        assert second_reader.profile(made) == b""
        assert second_reader.pixel(made) == second_reader.pixel(plain)


def test_the_decoder_shrinks_inks_by_four_at_most() -> None:
    for mode, by in (("RGB", 8), ("CMYK", 4)):
        assert prepared(drawing.encoded(Image.new(mode, (640, 640)), "JPEG"), width=20).plan.shrink == by
