"""The format of a result, its default quality, and how large it may be."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from app import imaging
from app.core.config import Limits
from app.core.errors import InvalidParameter, OutputTooLarge
from tests.support import drawing
from tests.support.work import LIMITS, options, rendered

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
PNG = drawing.encoded(drawing.noise(120, 80, "RGBA"), "PNG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)
GRAY = drawing.encoded(drawing.photo(120, 80).convert("L"), "PNG")
PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)


@pytest.mark.parametrize(
    ("source", "accepts", "format"),
    [
        (JPEG, (), "jpeg"),
        (JPEG, ("webp",), "webp"),
        (JPEG, ("avif", "webp"), "avif"),
        (PNG, (), "png"),
        (GIF, (), "gif"),
        (GIF, ("avif", "webp"), "webp"),
        (JPEG, ("webp", "avif"), "webp"),
        (JPEG, ("jpeg", "webp"), "jpeg"),
        (JPEG, ("png", "webp"), "webp"),
        (PNG, ("png", "webp"), "png"),
        (GIF, ("avif", "gif", "webp"), "gif"),
    ],
)
def test_auto_format(source: bytes, accepts: tuple[str, ...], format: str) -> None:
    assert rendered(source, format="auto", accepts=accepts, width=30).format == format


def test_auto_avoids_formats_with_too_low_a_limit() -> None:
    small = Limits(max_avif_pixels=100, max_webp_pixels=100)
    assert rendered(JPEG, format="auto", accepts=("avif", "webp"), limits=small).format == "jpeg"
    middle = Limits(max_avif_pixels=100)
    assert rendered(JPEG, format="auto", accepts=("avif", "webp"), limits=middle).format == "webp"


@pytest.mark.parametrize(
    ("size", "query", "words"),
    [
        ((400, 300), {"width": 5000, "dpr": 2, "upscale": True}, "lower width and dpr"),
        ((1, 10_000), {"width": 8000, "upscale": True}, "lower width"),
        ((10_000, 10), {}, "give a smaller width or height"),
        ((10_000, 10), {"dpr": 2, "pad": 5}, "give a smaller width or height"),
        ((10, 10), {"height": 8192, "aspect": "2:1", "upscale": True, "fit": "cover"}, "lower height"),
        ((10, 10), {"pad": 8192}, "lower pad"),
        ((10, 10), {"pad": "0,8192,0,0"}, "lower pad"),
        ((8192, 10), {"pad": "0,0,0,1"}, "lower pad"),
        ((400, 30), {"width": 8000, "upscale": True, "pad": 100}, "lower width and pad"),
        ((400, 300), {"width": 5, "height": 5, "pad": 4096}, "lower pad"),
    ],
)
def test_results_have_a_longest_side(size: tuple[int, int], query: dict[str, Any], words: str) -> None:
    source = drawing.encoded(Image.new("L", size), "PNG")
    with pytest.raises(OutputTooLarge, match=f"longer than 8192 pixels; {words}$"):
        imaging.prepare(source, options(**query), LIMITS)


@pytest.mark.parametrize(
    ("limits", "format"),
    [
        (Limits(max_output_pixels=9599), "png"),
        (Limits(max_webp_pixels=9599), "webp"),
        (Limits(max_avif_pixels=9599), "avif"),
    ],
)
def test_results_have_a_limit_of_pixels(limits: Limits, format: str) -> None:
    with pytest.raises(OutputTooLarge, match=r"120×80, more than the 9599 .*; give a smaller width or height$"):
        imaging.prepare(JPEG, options(format=format), limits)
    with pytest.raises(OutputTooLarge, match=r"120×80, .*; lower width$"):
        imaging.prepare(JPEG, options(format=format, width=120), limits)
    imaging.prepare(JPEG, options(format=format, width=119), limits)


def test_default_quality() -> None:
    works = {name: imaging.prepare(JPEG, options(format=name), LIMITS) for name in ("jpeg", "webp", "avif", "png")}
    assert {name: work.output.quality for name, work in works.items()} == {"jpeg": 80, "webp": 80, "avif": 50, "png": 0}
    assert imaging.prepare(JPEG, options(quality=33), LIMITS).output.quality == 33
    assert len(rendered(JPEG, quality=20).body) < len(rendered(JPEG, quality=95).body)


@pytest.mark.parametrize("query", [{"lossless": True}, {"max_bytes": 5000, "source": GRAY}, {"page": 1}])
def test_options_that_do_not_fit_the_source_are_refused(query: dict[str, Any]) -> None:
    query = dict(query)
    with pytest.raises(InvalidParameter, match="expected"):
        imaging.prepare(query.pop("source", JPEG), options(**query), LIMITS)


def test_bmp_and_tiff_become_formats_that_browsers_show() -> None:
    assert rendered(drawing.encoded(drawing.photo(8, 8), "BMP")).format == "jpeg"
    assert rendered(drawing.encoded(drawing.photo(8, 8), "TIFF")).format == "jpeg"
    assert rendered(drawing.encoded(drawing.photo(8, 8).convert("RGBA"), "TIFF")).format == "png"


def test_a_side_has_the_limit_of_the_format() -> None:
    long = drawing.encoded(Image.new("L", (16_384, 1)), "PNG")
    limits = Limits(max_side=16_384)
    with pytest.raises(OutputTooLarge, match="longer than webp can hold"):
        imaging.prepare(long, options(format="webp"), limits)
    assert imaging.prepare(long, options(format="png"), limits).size == (16_384, 1)


def test_limits_of_pixels_count_one_frame_of_an_animation() -> None:
    """What all frames take is estimated, so that effort can go down before anything is refused."""
    limits = Limits(max_output_pixels=40 * 30, max_webp_pixels=40 * 30, max_avif_pixels=40 * 30)
    for format in ("gif", "png", "webp", "avif"):
        assert imaging.prepare(GIF, options(format=format), limits).output.frames == 4
    with pytest.raises(OutputTooLarge, match="allowed for webp"):
        imaging.prepare(GIF, options(format="webp"), Limits(max_webp_pixels=40 * 30 - 1))
    with pytest.raises(OutputTooLarge, match="allowed for gif"):
        imaging.prepare(GIF, options(), Limits(max_output_pixels=40 * 30 - 1))


def test_a_jpeg_is_progressive_unless_it_is_not_to_be() -> None:
    assert imaging.probe(rendered(JPEG).body, LIMITS).progressive
    assert not imaging.probe(rendered(JPEG, progressive=False).body, LIMITS).progressive
