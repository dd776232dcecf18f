"""The resize: as good as a full filter, and exact where nothing is resized."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bench.quality.ssim import ssim
from tests.support import drawing, second_reader
from tests.support.drawing import ycbcr
from tests.support.work import picture, prepared

PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)


@pytest.mark.parametrize("shrink", [1.3, 2.1, 3.7, 8.3])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_fast_resize_is_close_to_a_full_one(format: str, shrink: float) -> None:
    image = drawing.photo(800, 600, noise=3)
    data = drawing.encoded(image, format, quality=95)
    width = round(800 / shrink)
    got = picture(data, width=width, format="png")
    want = image.resize(got.size, Image.Resampling.LANCZOS)
    assert np.abs(drawing.array(got) - drawing.array(want)).mean() < 1.6


def test_a_crop_in_whole_pixels_is_not_resampled() -> None:
    image = drawing.noise(60, 40)
    data = drawing.encoded(image, "PNG")
    assert picture(data, crop="3,5,20,10").tobytes() == image.crop((3, 5, 23, 15)).tobytes()
    center = picture(data, width=400, height=400, fit="cover")
    assert center.tobytes() == image.crop((10, 0, 50, 40)).tobytes()


@pytest.mark.parametrize(("size", "box"), [((40, 31), (0, 1, 40, 31)), ((41, 30), (1, 0, 41, 30))])
def test_a_crop_that_lies_between_two_rows_or_columns_is_resampled(
    size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    """What is kept begins at half a pixel: it is as far from the one whole crop as from the other."""
    image = drawing.noise(*size)
    got = picture(drawing.encoded(image, "PNG"), width=40, height=30, fit="cover", upscale=True)
    first, last = (drawing.array(image.crop(each)) for each in ((0, 0, 40, 30), box))
    off = [np.abs(drawing.array(got) - whole).mean() for whole in (first, last)]
    assert 0.8 < off[0] / off[1] < 1.25


def test_edges_of_transparent_areas_stay_clean() -> None:
    """Transparent pixels are black here: without weighting by alpha they would darken the white beside them."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 31, 64))
    for mode in ("RGBA", "LA"):
        result = picture(drawing.encoded(image.convert(mode), "PNG"), width=16)
        assert all(pixel[0] == 255 for pixel in drawing.pixels(result) if pixel[3] > 0)


def soft() -> bytes:
    """Return a photograph that fades out, with an opaque ellipse and a hole, green where it is clear."""
    alpha = Image.fromarray(np.linspace(0, 255, 400)[None, :].repeat(300, axis=0).astype(np.uint8))
    pen = ImageDraw.Draw(alpha)
    pen.ellipse((80, 60, 240, 220), fill=255)
    pen.ellipse((250, 100, 360, 200), fill=0)
    image = Image.composite(
        drawing.photo(400, 300), Image.new("RGB", alpha.size, "lime"), alpha.point([0] + [255] * 255)
    )
    image.putalpha(alpha)
    return drawing.encoded(image, "PNG")


@pytest.mark.parametrize("width", [80, 120, 200, 300])
def test_soft_alpha_over_black_and_white_are_those_of_libvips(width: int) -> None:
    data = soft()
    ours = drawing.array(picture(data, width=width, format="png")).astype(float)
    theirs = second_reader.reduced(data, width)
    for background in (0, 255):
        over = [each[..., :3] * each[..., 3:] / 255 + background * (1 - each[..., 3:] / 255) for each in (ours, theirs)]
        assert np.abs(over[0] - over[1]).max() <= 25


def signs() -> Image.Image:
    """Return blocks and lines in pure colors, the hardest content for chroma."""
    random = np.random.default_rng(3)
    image = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(300):
        x, y, side = (int(value) for value in random.integers((0, 0, 2), (640, 480, 30)))
        color = tuple(int(part) for part in random.choice([0, 255], 3))
        pen.rectangle((x, y, x + 2 * side, y + side), fill=color)
        pen.line((x, y, int(random.integers(640)), y + 40), fill=color[::-1], width=2)
    return image


SOURCES = {
    "photo 4:2:0": drawing.encoded(drawing.photo(640, 480), "JPEG", quality=92),
    "signs 4:2:0": drawing.encoded(signs(), "JPEG", quality=92),
    "signs 4:4:4": drawing.encoded(signs(), "JPEG", quality=92, subsampling=0),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("width", [160, 201, 450, 633])
def test_a_jpeg_is_as_close_to_its_source_as_a_full_filter(source: str, width: int) -> None:
    data = SOURCES[source]
    result, shrink = ycbcr(picture(data, width=width, quality=80)), prepared(data, width=width).plan.shrink
    size = result.shape[1], result.shape[0]
    bands = [Image.fromarray(band.astype(np.float32)) for band in np.moveaxis(ycbcr(drawing.opened(data)), 2, 0)]
    exact = np.stack([np.asarray(band.resize(size, Image.Resampling.LANCZOS)) for band in bands], axis=2)
    full = Image.open(BytesIO(data))
    full.draft("RGB", (full.width // shrink, full.height // shrink))
    other = ycbcr(drawing.opened(drawing.encoded(full.resize(size, Image.Resampling.LANCZOS), "JPEG", quality=80)))
    assert ssim(result[..., 0], exact[..., 0]) > ssim(other[..., 0], exact[..., 0]) - 0.001
    errors = [np.abs(made - exact)[..., 1:].mean() for made in (result, other)]
    assert errors[0] <= 1.1 * errors[1] + 0.1


@pytest.mark.parametrize(
    "query",
    [
        {"width": 81, "rotate": 90},
        {"width": 90, "height": 90, "fit": "cover", "gravity": "north", "flop": True},
        {"crop": "31,17,200,101", "width": 100},
        {"crop": "31,17,200,101"},
        {"width": 200, "height": 40, "fit": "fill"},
        {"width": 160, "icc": "keep", "metadata": "all", "max_bytes": 4000},
        {"width": 160, "background": "red"},
        {},
    ],
)
def test_a_jpeg_shows_the_same_as_a_lossless_result(query: dict[str, Any]) -> None:
    lossless = {name: value for name, value in query.items() if name != "max_bytes"}
    jpeg, png = (ycbcr(picture(PHOTO, **given)) for given in (query, {**lossless, "format": "png"}))
    assert np.abs(jpeg - png).mean() < 2.5
