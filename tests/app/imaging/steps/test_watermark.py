"""A watermark lies where its options say, in the size and opacity they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from measurement.stamps import ROOT
from tests.support import drawing, profiles, samples, second_reader
from tests.support.drawing import flat
from tests.support.gravities import PLACES
from tests.support.samples import SAMPLES
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


@pytest.mark.parametrize(("gravity", "place"), PLACES.items())
def test_each_gravity_of_a_watermark(gravity: str, place: tuple[int, int]) -> None:
    """A mark of 20 by 10 in an image of 80 by 50 leaves 60 and 40, halves of which are 30 and 20."""
    query = {"watermark": WATERMARK_ID, "watermark_gravity": gravity, "watermark_scale": 0.25, "format": "png"}
    shown = drawing.array(picture(flat(0, 0, 90, size=(80, 50)), mark=MARK, **query))
    left, top = 30 * place[0], 20 * place[1]
    assert (shown[top : top + 10, left : left + 20] == (250, 0, 0)).all()
    assert (shown == (250, 0, 0)).all(axis=2).sum() == 20 * 10


@pytest.mark.parametrize("opacity", [0.01, 0.5, 0.95, 0.99])
def test_any_opacity_below_one_shows_what_is_below(opacity: float) -> None:
    query = {"watermark": WATERMARK_ID, "watermark_opacity": opacity, "watermark_scale": 1, "format": "png"}
    red, _, blue = drawing.array(picture(flat(0, 0, 200, size=(20, 10)), mark=MARK, **query))[5, 5]
    assert (red, blue) == (pytest.approx(250 * opacity, abs=1), pytest.approx(200 * (1 - opacity), abs=1))


@pytest.mark.parametrize(
    "name", ["orientation-3.jpg", "orientation-6.jpg", "orientation-8.jpg", "p3.jpg", "16-bit.png"]
)
def test_a_watermark_is_upright_and_in_srgb(name: str) -> None:
    """Its pixels are those that libvips reads, upright and in sRGB."""
    sample = SAMPLES[name]
    ground = flat(0, 0, 0, size=(sample.width, sample.height))
    query = {"watermark": WATERMARK_ID, "watermark_scale": 1, "format": "png"}
    shown = drawing.array(picture(ground, mark=samples.data(name), **query))
    for x, y, expected in sample.pixels:
        assert np.abs(shown[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1)) - expected).max() < 2.5, (x, y)


def test_a_watermark_lies_within_the_padding() -> None:
    query = {"watermark": WATERMARK_ID, "pad": "0,30,0,0", "background": "white", "format": "png"}
    shown = picture(flat(0, 0, 90, size=(80, 80)), mark=MARK, **query)
    assert (shown.getpixel((79, 79)), shown.getpixel((109, 79))) == ((250, 0, 0), (255, 255, 255))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_watermark_has_its_size_before_it_is_converted_and_turned(mode: str, tmp_path: Path) -> None:
    """In full size both would take several times what it takes to decode it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.new(mode, (3000, 3000), (200, 100, 50, 128)[: len(mode)])
    large.save(tmp_path / "mark.png", compress_level=1, exif=exif, icc_profile=profiles.rgb())
    Image.new("RGB", (400, 300)).save(tmp_path / "source.jpg")
    options = json.dumps({"width": 300, "format": "jpeg", "watermark": WATERMARK_ID})
    files = (str(tmp_path / "source.jpg"), options, str(tmp_path / "mark.png"))
    command = [sys.executable, "-m", "bench.cost_model.worker", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    assert took["memory_bytes"] <= 1.2 * took["estimated_memory_bytes"]


@pytest.mark.parametrize("size", [(129, 129), (2049, 1025), (1023, 767)])
def test_a_watermark_that_the_decoder_shrinks_is_not_squeezed(size: tuple[int, int]) -> None:
    """129 columns became 17, which stand for 136: a line on the right came to lie too far left."""
    image = Image.new("RGB", size, (200, 200, 200))
    image.paste((0, 0, 0), (size[0] * 3 // 4, 0, size[0], size[1]))
    image.paste((0, 0, 0), (0, size[1] * 3 // 4, size[0], size[1]))
    data = drawing.encoded(image, "JPEG", quality=98)
    ground, query = flat(0, 0, 0, size=(8, 8)), {"watermark": WATERMARK_ID, "watermark_scale": 1, "format": "png"}
    shown = drawing.array(picture(ground, mark=data, watermark_gravity="northwest", **query))
    expected = second_reader.resized(second_reader.samples(data), 8)
    high = expected.shape[0]
    assert np.abs(shown[:high] - expected).max() <= 8
