"""A JPEG made from a JPEG keeps its luma and chroma apart, and looks like one that did not."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw

from app import imaging
from app.deadline import Deadline, Stopwatch
from bench.quality.ssim import ssim
from tests.support import drawing, profiles
from tests.support.work import LIMITS, options, picture

PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)
YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]).T


def signs() -> Image.Image:
    """Return lettering and rules in pure colours, the hardest there is for chroma."""
    random = np.random.default_rng(3)
    image = Image.new("RGB", (640, 480), "white")
    pen = ImageDraw.Draw(image)
    for _ in range(300):
        x, y, side = (int(value) for value in random.integers((0, 0, 2), (640, 480, 30)))
        colour = tuple(int(part) for part in random.choice([0, 255], 3))
        pen.rectangle((x, y, x + 2 * side, y + side), fill=colour)
        pen.line((x, y, int(random.integers(640)), y + 40), fill=colour[::-1], width=2)
    return image


SOURCES = {
    "photo 4:2:0": drawing.encoded(drawing.photo(640, 480), "JPEG", quality=92),
    "signs 4:2:0": drawing.encoded(signs(), "JPEG", quality=92),
    "signs 4:4:4": drawing.encoded(signs(), "JPEG", quality=92, subsampling=0),
}


def prepared(data: bytes, **wanted: Any) -> imaging.Work:
    return imaging.prepare(data, options(**wanted), LIMITS)


def both_ways(data: bytes, **wanted: Any) -> list[bytes]:
    """Return the result with luma and chroma apart, and the one that goes through RGB."""
    work = prepared(data, **wanted)
    assert work.output.ycc
    around = msgspec.structs.replace(work, output=msgspec.structs.replace(work.output, ycc=False))
    return [imaging.render(each, data, Deadline.after(60), Stopwatch()).body for each in (work, around)]


def samples(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return luma and the two differences of colour."""
    return drawing.array(image.convert("RGB")) @ YCC


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("width", [160, 201, 450, 633])
def test_both_ways_are_as_near_to_the_source(source: str, width: int) -> None:
    data = SOURCES[source]
    apart, around = (samples(drawing.opened(body)) for body in both_ways(data, width=width))
    size = apart.shape[1], apart.shape[0]
    bands = [Image.fromarray(band.astype(np.float32)) for band in np.moveaxis(samples(drawing.opened(data)), 2, 0)]
    exact = np.stack([np.asarray(band.resize(size, Image.Resampling.LANCZOS)) for band in bands], axis=2)
    # pure colours that a decoder cuts off at 0 and 255 are cut off once instead of twice
    most = 0.005 if source.startswith("signs") else 0.001
    assert ssim(apart[..., 0], exact[..., 0]) > ssim(around[..., 0], exact[..., 0]) - most
    errors = [np.abs(way - exact)[..., 1:].mean() for way in (apart, around)]
    assert errors[0] <= 1.1 * errors[1] + 0.1


@pytest.mark.parametrize(
    "wanted",
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
def test_whatever_only_moves_pixels_keeps_them_apart(wanted: dict[str, Any]) -> None:
    apart, around = (samples(drawing.opened(body)) for body in both_ways(PHOTO, **wanted))
    assert np.abs(apart - around).mean() < 2.5


@pytest.mark.parametrize(
    "wanted",
    [
        {"width": 100, "format": "png"},
        {"width": 400, "upscale": True},
        {"width": 100, "height": 100, "fit": "contain"},
        {"width": 100, "height": 100, "fit": "cover", "gravity": "attention"},
        {"width": 100, "pad": 5},
        {"width": 100, "rotate": 33},
        {"width": 100, "radius": 9},
        {"width": 100, "trim": 5},
        {"width": 100, "watermark": "0" * 32},
        *({"width": 100, name: 2} for name in ("brightness", "contrast", "saturation", "pixelate", "blur", "sharpen")),
        {"width": 100, "grayscale": True},
        {"width": 100, "tint": "red"},
    ],
)
def test_whatever_needs_colours_gets_them(wanted: dict[str, Any]) -> None:
    assert not prepared(PHOTO, **wanted).output.ycc


def test_so_do_profiles_and_other_kinds_of_jpeg() -> None:
    image = drawing.photo(64, 48)
    odd = {
        "profile": drawing.encoded(image, "JPEG", icc_profile=profiles.rgb()),
        "RGB": drawing.encoded(image, "JPEG", keep_rgb=True),
        "grey": drawing.encoded(image.convert("L"), "JPEG"),
        "CMYK": drawing.encoded(image.convert("CMYK"), "JPEG"),
        "PNG": drawing.encoded(image, "PNG"),
    }
    assert [name for name, data in odd.items() if prepared(data, width=32, format="jpeg").output.ycc] == []


def test_rgb_in_a_jpeg_keeps_its_colours() -> None:
    for colour in (drawing.RED, drawing.GREEN, drawing.BLUE):
        data = drawing.encoded(Image.new("RGB", (64, 48), colour), "JPEG", quality=95, keep_rgb=True)
        shown = picture(data, width=32).getpixel((9, 9))
        assert np.abs(np.subtract(shown, colour)).max() <= 3


def test_numbers_other_than_the_usual_are_left_to_the_decoder() -> None:
    """A file that calls its components 0, 1 and 2 may hold anything."""
    at = PHOTO.index(b"\xff\xc0")
    assert [PHOTO[at + 10 + 3 * index] for index in range(3)] == [1, 2, 3]
    renumbered = bytearray(PHOTO)
    for index in range(3):
        renumbered[at + 10 + 3 * index] -= 1
    assert imaging.probe(PHOTO, LIMITS).ycc
    assert not imaging.probe(bytes(renumbered), LIMITS).ycc


@pytest.mark.parametrize("tint", [None, "red"])
def test_several_widths_are_all_made_the_same_way(tint: str | None) -> None:
    wanted = options(**({"tint": tint} if tint else {}))
    series = imaging.prepare_series(PHOTO, wanted, (40, 100, 160), LIMITS)
    assert {work.output.ycc for work in series.works} == {tint is None}
    for found, width in zip(
        imaging.render_series(series, PHOTO, Deadline.after(60), Stopwatch()), (40, 100, 160), strict=True
    ):
        alone = imaging.render(
            imaging.prepare(PHOTO, msgspec.structs.replace(wanted, width=width), LIMITS),
            PHOTO,
            Deadline.after(60),
            Stopwatch(),
        )
        shown, single = (samples(drawing.opened(body)) for body in (found.body, alone.body))
        assert np.abs(shown - single).mean() < 2


def test_widths_that_differ_in_kind_go_through_colours() -> None:
    """The one that is enlarged needs RGB, so the others share it."""
    series = imaging.prepare_series(PHOTO, options(upscale=True), (40, 400), LIMITS)
    assert {work.output.ycc for work in series.works} == {False}
    assert [r.width for r in imaging.render_series(series, PHOTO, Deadline.after(60), Stopwatch())] == [40, 400]
