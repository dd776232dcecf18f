"""GIFs and APNGs are composed as Chromium composes them, and what we make of them plays there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from selenium import webdriver

from app import imaging
from app.imaging.codecs import decode
from tests.support import apng_chunks as apng
from tests.support import drawing, gif_blocks
from tests.support.browser_frames import frames as frames_shown
from tests.support.gif_blocks import image
from tests.support.work import LIMITS, rendered

FULL, MIDDLE, CORNER = (0, 0, 16, 16), (4, 4, 8, 8), (0, 0, 2, 2)
GIFS = {
    "uncovered": gif_blocks.file(image(MIDDLE, 1), image(CORNER, 2)),
    "uncovered still": gif_blocks.file(image(MIDDLE, 1)),
    "overhanging": gif_blocks.file(image((0, 0, 20, 20), 1), image((15, 15, 9, 9), 2)),
    "a disposal and none": gif_blocks.file(
        image(FULL, 1), image((4, 4, 4, 4), 2, 2), image((8, 8, 4, 4), 2), image(CORNER, 3)
    ),
    "no trailer": gif_blocks.file(image(FULL, 1), image(CORNER, 2), end=b""),
    "zeros": gif_blocks.file(image(FULL, 1), image(CORNER, 2), end=b"\0\0\x3b"),
    **{f"disposal {n} of the first": gif_blocks.file(image(FULL, 1, n), image(CORNER, 3)) for n in range(8)},
    **{f"disposal {n}": gif_blocks.file(image(FULL, 1), image(MIDDLE, 2, n), image(CORNER, 3)) for n in range(8)},
}
APNGS = {
    "hidden": (apng.announced(1), apng.still(), apng.control(0), apng.pixels(1, apng.GREEN)),
    "hidden, small": (
        *(apng.announced(1), apng.still(), apng.control(0, (4, 4, 8, 8))),
        apng.pixels(1, apng.GREEN, (8, 8)),
    ),
    "no pixels": (apng.announced(2), apng.control(0), apng.still(), apng.control(1)),
    "wrong numbers": (apng.announced(2), apng.control(0), apng.still(), apng.control(2), apng.pixels(1, apng.GREEN)),
    "first taken back": (
        *(apng.announced(2), apng.control(0, dispose=2), apng.still()),
        *(apng.control(1, (0, 0, 4, 4)), apng.pixels(2, apng.GREEN, (4, 4))),
    ),
}


def ours(data: bytes) -> list[NDArray[np.int64]]:
    header = imaging.probe(data, LIMITS)
    frames = decode.frames(data, header, count=header.frames)
    return [drawing.array(frame.image.convert("RGBA")) for frame in frames]


def assert_same(driver: webdriver.Chrome, data: bytes, media_type: str) -> None:
    theirs = frames_shown(driver, data, media_type)
    for mine, shown in zip(ours(data), theirs, strict=True):
        # the color of a clear pixel is nobody's business
        assert (mine[..., 3] == shown.pixels[..., 3]).all()
        assert (mine[mine[..., 3] > 0] == shown.pixels[mine[..., 3] > 0]).all()


@pytest.mark.parametrize("name", GIFS)
def test_a_gif_is_composed_as_the_browser_does(name: str, driver: webdriver.Chrome) -> None:
    assert_same(driver, GIFS[name], "image/gif")


@pytest.mark.parametrize("name", APNGS)
def test_an_apng_is_composed_as_the_browser_does(name: str, driver: webdriver.Chrome) -> None:
    assert_same(driver, apng.file(*APNGS[name]), "image/png")


@pytest.mark.parametrize("name", ["uncovered", "a disposal and none", "disposal 2", "disposal 3 of the first"])
@pytest.mark.parametrize("format", ["gif", "png"])
def test_what_is_made_of_a_gif_looks_the_same_in_the_browser(name: str, format: str, driver: webdriver.Chrome) -> None:
    made = rendered(GIFS[name], format=format)
    source, result = frames_shown(driver, GIFS[name], "image/gif"), frames_shown(driver, made.body, f"image/{format}")
    for before, after in zip(source, result, strict=True):
        assert (before.pixels == after.pixels).all()
        assert before.duration == after.duration
