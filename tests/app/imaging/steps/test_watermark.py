"""A watermark lies where its options say, in the size and opacity they say."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from tests.support import drawing, profiles
from tests.support.drawing import flat
from tests.support.work import WATERMARK_ID, picture

MARK = drawing.encoded(Image.new("RGB", (20, 10), (250, 0, 0)), "PNG")


def test_a_watermark_lies_where_its_options_say() -> None:
    def stamped(**query: Any) -> Image.Image:
        return picture(flat(0, 0, 90, size=(80, 80)), mark=MARK, watermark=WATERMARK_ID, **query)

    assert stamped().getpixel((79, 79)) == (250, 0, 0)
    assert stamped().getpixel((58, 79)) == (0, 0, 90)
    assert stamped(watermark_gravity="northwest", watermark_scale=0.5).getpixel((38, 18)) == (250, 0, 0)
    assert stamped(watermark_opacity=0.5).getpixel((75, 75)) == pytest.approx((125, 0, 45), abs=2)
    assert stamped(watermark_opacity=0).getpixel((75, 75)) == (0, 0, 90)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_watermark_is_turned_upright(format: str) -> None:
    """Stored on its side: red top left becomes red top right."""
    mark = drawing.encoded(drawing.quadrants(64, 48), format, exif=drawing.exif(6), quality=95)
    stamped = picture(flat(0, 0, 0, size=(48, 64)), mark=mark, watermark=WATERMARK_ID, watermark_scale=1)
    upright = drawing.corners(drawing.quadrants(64, 48).transpose(Image.Transpose.ROTATE_270))
    for shown, expected in zip(drawing.corners(stamped), upright, strict=True):
        assert shown == pytest.approx(expected, abs=12)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_a_watermark_is_shown_in_its_colors(format: str) -> None:
    settings = {"lossless": True} if format == "WEBP" else {}
    image = Image.new("RGB", (20, 10), (51, 179, 77))
    mark = drawing.encoded(image, format, icc_profile=profiles.rgb(), **settings)
    stamped = picture(flat(0, 0, 0, size=(20, 10)), mark=mark, watermark=WATERMARK_ID, watermark_scale=1)
    assert stamped.getpixel((9, 4)) == pytest.approx((0, 184, 58), abs=2)


def test_an_animated_watermark_shows_its_first_frame() -> None:
    """An APNG may hold an image for viewers that cannot animate, which is none of its frames."""
    colors = (90, 90, 90), (250, 0, 0), (0, 250, 0)
    still, *frames = (Image.new("RGB", (20, 10), color) for color in colors)
    mark = drawing.animation("PNG", (still, *frames), duration=50, default_image=True)
    stamped = picture(flat(0, 0, 90, size=(80, 80)), mark=mark, watermark=WATERMARK_ID)
    assert stamped.getpixel((79, 79)) == (250, 0, 0)
