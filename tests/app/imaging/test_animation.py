"""Animations stay animated where the result can be, with their duration, loop count and composition."""

from __future__ import annotations

import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app import imaging
from tests.support import drawing
from tests.support.work import LIMITS, rendered

DURATIONS = [100, 250, 40, 610]
# How each format writes "three times": a GIF counts the repeats after the first showing.
THRICE = {"GIF": 2, "WEBP": 3, "PNG": 3}
ENDLESS = {"GIF": 0, "WEBP": 0, "PNG": 0}


def source(format: str, **settings: object) -> bytes:
    lossless = {"lossless": True} if format == "WEBP" else {}
    return drawing.animation(format, drawing.moving(), duration=DURATIONS, **lossless, **settings)


def durations(data: bytes) -> list[float]:
    image = Image.open(BytesIO(data))
    found = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        found.append(image.info["duration"])
    return found


def frames(data: bytes) -> list[Image.Image]:
    image = Image.open(BytesIO(data))
    found = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        found.append(image.convert("RGBA"))
    return found


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("result", ["gif", "webp", "png", "avif"])
def test_frames_and_durations_are_kept(format: str, result: str) -> None:
    made = rendered(source(format, loop=0), width=20, format=result)
    assert made.frames == 4
    assert durations(made.body) == DURATIONS


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("result", ["gif", "webp", "png"])
@pytest.mark.parametrize(("loops", "plays"), [(THRICE, 3), (ENDLESS, 0)])
def test_loop_count_is_kept(format: str, result: str, loops: dict[str, int], plays: int) -> None:
    data = source(format, loop=loops[format])
    assert imaging.probe(data, LIMITS).plays == plays
    made = rendered(data, format=result)
    assert drawing.opened(made.body).info["loop"] == loops[result.upper()]


def test_a_gif_without_a_loop_block_is_shown_once() -> None:
    made = rendered(source("GIF"), format="webp")
    assert drawing.opened(made.body).info["loop"] == 1
    assert "loop" not in drawing.opened(rendered(source("GIF")).body).info


def test_total_duration_survives_the_coarse_clock_of_gif() -> None:
    data = drawing.animation("WEBP", drawing.moving((80, 30), frames=9), duration=[33] * 9, loop=0)
    kept = durations(rendered(data, format="gif").body)
    assert sum(kept) == 300
    assert set(kept) == {30, 40}


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_frames_show_what_they_showed(format: str) -> None:
    made = rendered(source(format, loop=0), format="png")
    for got, want in zip(frames(made.body), drawing.moving(), strict=True):
        assert np.abs(drawing.array(got.convert("RGB")) - drawing.array(want)).mean() < 2


@pytest.mark.parametrize("disposal", [1, 2, 3])
def test_disposal_of_gif(disposal: int) -> None:
    data = drawing.animation("GIF", drawing.moving(), duration=50, disposal=disposal)
    made = frames(rendered(data, format="png").body)
    for got, want in zip(made, frames(data), strict=True):
        assert np.abs(drawing.array(got) - drawing.array(want)).max() <= 1


@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_disposal_of_apng(disposal: int) -> None:
    """Each frame covers a part of the canvas, and leaves as its control says: stays, clears, or brings back."""
    layers = [Image.new("RGBA", (24, 8), (0, 0, 255, 255)), Image.new("RGBA", (24, 8), (0, 0, 255, 255))]
    layers[1].paste((255, 0, 0, 255), (0, 0, 8, 8))
    data = bytearray(drawing.animation("PNG", [*layers, layers[0]], duration=50))
    second = data.index(b"fcTL", data.index(b"fcTL") + 4)
    assert data[second + 8 : second + 24] == bytes((0, 0, 0, 8, 0, 0, 0, 8)) + bytes(8), "the red part alone"
    third = data.index(b"fcTL", second + 4)
    data[second + 28] = disposal
    # the third frame covers nothing but a far corner now, so that what the second left behind is seen
    data[third + 16 : third + 20] = (16).to_bytes(4, "big")
    for at in (second, third):
        data[at + 30 : at + 34] = zlib.crc32(data[at : at + 30]).to_bytes(4, "big")
    left = frames(rendered(bytes(data)).body)[-1].getpixel((4, 4))
    assert left == ((255, 0, 0, 255), (0, 0, 0, 0), (0, 0, 255, 255))[disposal]


def test_frames_of_apng_are_blended() -> None:
    layers = [Image.new("RGBA", (8, 8), (0, 0, 255, 255)), Image.new("RGBA", (8, 8), (255, 0, 0, 128))]
    data = drawing.animation("PNG", layers, duration=50, blend=1)
    last = frames(rendered(data).body)[1].getpixel((4, 4))
    assert np.abs(np.array(last) - (128, 0, 127, 255)).max() <= 2


def test_the_still_in_front_of_an_apng_is_no_frame() -> None:
    still = Image.new("RGB", (40, 30), (1, 2, 3))
    data = drawing.animation("PNG", [still, *drawing.moving()], duration=DURATIONS, default_image=True)
    made = rendered(data)
    assert made.frames == 4
    assert drawing.opened(made.body).convert("RGB").getpixel((20, 25)) == (90, 90, 90)


def test_clear_pixels_of_an_animation_stay_clear() -> None:
    pictures = []
    for index in range(3):
        image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
        image.paste((200, 50 * index, 0, 255), (index * 8, 8, index * 8 + 8, 16))
        pictures.append(image)
    data = drawing.animation("GIF", pictures, duration=50, disposal=2)
    for result in ("gif", "png", "webp"):
        made = frames(rendered(data, format=result).body)
        assert [image.getpixel((30, 30))[3] for image in made] == [0, 0, 0], result  # type: ignore[index]
        assert made[2].getpixel((20, 12))[3] == 255, result  # type: ignore[index]
        assert made[2].getpixel((2, 12))[3] == 0, result  # type: ignore[index]


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_first_frame_where_the_result_cannot_move(format: str) -> None:
    made = rendered(source(format), format="jpeg")
    assert (made.frames, made.format) == (1, "jpeg")


def test_turns_and_letterbox_reach_every_frame() -> None:
    made = rendered(source("GIF"), rotate=90, width=40, height=40, fit="contain", background="red", format="png")
    assert [image.size for image in frames(made.body)] == [(40, 40)] * 4
    assert all(image.getpixel((1, 20)) == (255, 0, 0, 255) for image in frames(made.body))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_the_header_tells_the_total_duration(format: str) -> None:
    data = source(format)
    assert imaging.describe(data, LIMITS).duration == sum(DURATIONS)
    assert imaging.describe(drawing.encoded(drawing.moving()[0], format), LIMITS).duration == 0


def test_animated_avif_source() -> None:
    data = drawing.animation("AVIF", drawing.moving(), duration=100)
    assert imaging.probe(data, LIMITS).frames == 4
    assert sum(durations(rendered(data, format="gif").body)) == 400


def test_equal_frames_keep_their_time() -> None:
    still = drawing.moving()[0]
    data = drawing.animation(
        "WEBP", [still, still, drawing.moving()[1]], duration=[100, 100, 70], loop=0, lossless=True
    )
    for result in ("gif", "png", "webp"):
        assert sum(durations(rendered(data, format=result).body)) == 270, result


def test_grey_and_coloured_frames_mix() -> None:
    grey = Image.new("L", (16, 16), 80)
    coloured = Image.new("RGB", (16, 16), (250, 10, 10))
    data = drawing.animation("GIF", [grey, coloured], duration=50)
    for result in ("gif", "png", "webp", "avif"):
        made = frames(rendered(data, format=result).body)
        assert np.abs(np.array(made[1].getpixel((8, 8))) - (250, 10, 10, 255)).max() <= 8, result
