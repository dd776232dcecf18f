"""Nothing of what crop cuts away shows in a resize: as if the rest had never been there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling, Transpose

from app.imaging.resample import resample
from tests.support import drawing, second_reader
from tests.support.drawing import encoded
from tests.support.work import picture, prepared, renditions

RED, BLUE = (255, 0, 0), (0, 0, 255)
SETTINGS: dict[str, dict[str, Any]] = {"PNG": {}, "JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}


def halves(edge: int = 200) -> Image.Image:
    """Return a square that is red up to ``edge`` and blue from there."""
    image = Image.new("RGB", (400, 400), RED)
    image.paste(BLUE, (edge, 0, 400, 400))
    return image


def off(image: Image.Image, color: tuple[int, int, int]) -> int:
    """Return by how much the farthest sample differs from ``color``."""
    return int(np.abs(drawing.array(image.convert("RGB")) - color).max())


@pytest.mark.parametrize("query", [{"width": 20}, {"width": 137}, {"width": 600, "upscale": True}, {"width": 17}])
@pytest.mark.parametrize("format", SETTINGS)
def test_the_other_half_does_not_show(format: str, query: dict[str, Any]) -> None:
    """A blue neighbor gave the last column 17 levels of blue where it was reduced, 76 where it was enlarged."""
    data = encoded(halves(), format, **SETTINGS[format])
    assert off(picture(data, crop="0,0,200,400", format="png", **query), RED) <= 2
    assert off(picture(data, crop="200,0,200,400", format="png", **query), BLUE) <= 2


def test_a_single_pixel_is_one_flat_color() -> None:
    data = encoded(Image.frombytes("RGB", (3, 1), bytes((*RED, *BLUE, 9, 99, 199))), "PNG")
    assert off(picture(data, crop="2,0,1,1", height=3, upscale=True, format="png"), (9, 99, 199)) == 0


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("width", [9, 90])
def test_a_sprite_beside_a_transparent_one_stays_opaque(mode: str, width: int) -> None:
    sheet = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    sheet.paste((200, 100, 50, 255), (0, 0, 40, 40))
    shown = picture(encoded(sheet.convert(mode), "PNG"), crop="0,0,40,40", width=width, upscale=True, format="png")
    assert shown.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def test_nothing_shows_in_the_corners_of_a_rotation() -> None:
    """The background is transparent, so whatever is blue came from outside."""
    for query in ({"width": 60}, {"width": 60, "height": 60, "fit": "cover"}, {}):
        shown = drawing.array(picture(encoded(halves(), "PNG"), crop="0,0,200,400", rotate=10, format="png", **query))
        assert shown[..., 2].max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("turn", [{}, {"rotate": 90}, {"flop": True}])
def test_a_crop_of_any_orientation_is_that_of_the_upright_picture(orientation: int, turn: dict[str, Any]) -> None:
    image = drawing.photo(120, 80, noise=20)
    stored = encoded(image, "PNG", exif=drawing.exif(orientation))
    upright = picture(stored, format="png")
    query = {"crop": "11,7,50,61", "width": 23, "format": "png", **turn}
    alone = encoded(upright.crop((11, 7, 61, 68)), "PNG")
    expected = picture(alone, **{name: value for name, value in query.items() if name != "crop"})
    assert np.abs(drawing.array(picture(stored, **query)) - drawing.array(expected)).max() <= 1


@pytest.mark.parametrize(
    "query",
    [
        {"fit": "cover", "gravity": "east"},
        {"fit": "cover", "focal": "0.9,0.1"},
        {"fit": "cover", "gravity": "entropy"},
        {"fit": "cover", "gravity": "attention"},
        {"fit": "contain"},
        {"fit": "fill"},
    ],
)
def test_every_fit_is_that_of_the_part_alone(query: dict[str, Any]) -> None:
    image = drawing.photo(160, 120, noise=20)
    asked = {"width": 30, "height": 40, "format": "png", **query}
    got = picture(encoded(image, "PNG"), crop="21,13,100,81", **asked)
    expected = picture(encoded(image.crop((21, 13, 121, 94)), "PNG"), **asked)
    assert np.abs(drawing.array(got) - drawing.array(expected)).max() <= 1


def test_what_cover_cuts_away_still_counts_at_the_edges() -> None:
    """Sharp resizes before it cuts for cover, and so there is nothing to mend."""
    data = encoded(halves(), "PNG")
    shown = drawing.array(picture(data, width=20, height=40, fit="cover", gravity="west", format="png"))
    assert shown[20, -1, 2] > 5


def by_vips(data: bytes, box: tuple[int, int, int, int], width: int) -> NDArray[np.int64]:
    """Return what libvips makes of a crop and a resize, in this order."""
    whole = second_reader.samples(data)
    left, top, right, bottom = box
    return second_reader.resized(whole[top:bottom, left:right], width)


@pytest.mark.parametrize("left", [0, 8, 20, 50, 33])
@pytest.mark.parametrize("width", [20, 30, 60, 250])
def test_a_crop_of_a_jpeg_is_that_of_libvips(left: int, width: int) -> None:
    """At offsets inside the decoder's blocks too: a pixel that it shrinks lies on one side of an edge."""
    data = encoded(drawing.photo(640, 480), "JPEG", quality=95)
    got = drawing.array(picture(data, crop=f"{left},{left},320,320", width=width, format="png"))
    expected = by_vips(data, (left, left, left + 320, left + 320), width)
    frame = np.ones(got.shape[:2], bool)
    frame[1:-1, 1:-1] = False
    assert np.abs(got - expected)[frame].mean() < 3


@pytest.mark.parametrize("edge", [200, 201, 202, 204, 207])
@pytest.mark.parametrize("width", [17, 40, 60])
def test_pixels_that_the_decoder_shrinks_across_an_edge_do_not_show(edge: int, width: int) -> None:
    data = encoded(halves(edge), "JPEG", **SETTINGS["JPEG"])
    left: dict[str, Any] = {"crop": f"0,0,{edge},400", "width": width, "format": "png"}
    right: dict[str, Any] = {"crop": f"{edge},0,{400 - edge},400", "width": width, "format": "png"}
    assert prepared(data, **left).plan.shrink == prepared(data, **right).plan.shrink > 1
    assert off(picture(data, **left), RED) <= 2
    assert off(picture(data, **right), BLUE) <= 2


def test_rows_do_not_show_either() -> None:
    data = encoded(halves(205).transpose(Transpose.TRANSPOSE), "JPEG", **SETTINGS["JPEG"])
    assert off(picture(data, crop="0,0,400,205", height=20, format="png"), RED) <= 2
    assert off(picture(data, crop="0,205,400,195", height=20, format="png"), BLUE) <= 2


def test_a_region_between_two_edges_of_shrunk_pixels_is_shrunk_less() -> None:
    data = encoded(drawing.photo(403, 401), "JPEG")
    assert prepared(data, crop="4,4,11,11", width=1, height=1, fit="fill").plan.shrink == 4
    assert prepared(data, crop="1,1,3,3", width=1, height=1, fit="fill").plan.shrink == 2


def test_widths_of_one_decode_show_nothing_else() -> None:
    data = encoded(halves(204), "JPEG", **SETTINGS["JPEG"])
    chosen = prepared(data, crop="0,0,204,400", format="png").options
    for made in renditions(data, chosen, 10, 40, 90):
        assert off(drawing.opened(made.body), RED) <= 2


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(700, 900), (40, 30)])
def test_a_large_crop_is_resampled_as_if_it_were_alone(mode: str, size: tuple[int, int]) -> None:
    """It is cut in bands, or at once where bands would be as large."""
    image = drawing.noise(3300, 3100, mode)
    region, box = (101, 97, 3201, 3001), (101.0, 99.5, 3200.25, 3001.0)
    got = resample(image, box, size, Resampling.LANCZOS, within=region)
    alone = image.crop(region)
    expected = resample(alone, (0.0, 2.5, 3099.25, 2904.0), size, Resampling.LANCZOS)
    assert np.abs(drawing.array(got) - drawing.array(expected)).max() <= 1
