"""An APNG is composed as its frame controls say."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from app import imaging
from app.imaging.codecs import decode
from tests.support import apng_chunks, deflate, drawing
from tests.support.drawing import channels, chunk, frames
from tests.support.work import LIMITS, rendered

DURATIONS = [100, 250, 40, 610]
MOVING = drawing.animation("PNG", drawing.moving(), duration=50)


@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_a_frame_is_disposed_of(disposal: int) -> None:
    """Each frame covers a part of the canvas; then it stays, is cleared, or gives way to what was there before."""
    layers = [Image.new("RGBA", (24, 8), (0, 0, 255, 255)), Image.new("RGBA", (24, 8), (0, 0, 255, 255))]
    layers[1].paste((255, 0, 0, 255), (0, 0, 8, 8))
    data = bytearray(drawing.animation("PNG", [*layers, layers[0]], duration=50))
    second = data.index(b"fcTL", data.index(b"fcTL") + 4)
    assert data[second + 8 : second + 24] == bytes((0, 0, 0, 8, 0, 0, 0, 8)) + bytes(8), "the red part alone"
    third = data.index(b"fcTL", second + 4)
    data[second + 28] = disposal
    # the third frame now covers only a far corner, so that what the second left behind is seen
    data[third + 16 : third + 20] = (16).to_bytes(4, "big")
    for at in (second, third):
        data[at + 30 : at + 34] = zlib.crc32(data[at : at + 30]).to_bytes(4, "big")
    left = frames(rendered(bytes(data)).body)[-1].getpixel((4, 4))
    assert left == ((255, 0, 0, 255), (0, 0, 0, 0), (0, 0, 255, 255))[disposal]


def test_frames_are_blended() -> None:
    layers = [Image.new("RGBA", (8, 8), (0, 0, 255, 255)), Image.new("RGBA", (8, 8), (255, 0, 0, 128))]
    data = drawing.animation("PNG", layers, duration=50, blend=1)
    last = channels(frames(rendered(data).body)[1], (4, 4))
    assert np.abs(np.subtract(last, (128, 0, 127, 255))).max() <= 2


def test_the_default_image_of_an_apng_is_not_a_frame() -> None:
    still = Image.new("RGB", (40, 30), (1, 2, 3))
    data = drawing.animation("PNG", [still, *drawing.moving()], duration=DURATIONS, default_image=True)
    made = rendered(data)
    assert made.frames == 4
    assert drawing.opened(made.body).convert("RGB").getpixel((20, 25)) == (90, 90, 90)


def test_a_frame_larger_than_the_canvas_is_never_decoded() -> None:
    at = MOVING.rindex(b"fcTL") - 4
    control = bytearray(MOVING[at + 8 : at + 34])
    control[4:12] = struct.pack(">II", 100_000, 100_000)
    data = MOVING[:at] + drawing.chunk(b"fcTL", bytes(control)) + MOVING[at + 38 :]
    made = rendered(data)
    assert (made.frames, made.width) == (1, 40)


@pytest.mark.parametrize("format", ["png", "webp", "jpeg"])
def test_a_single_frame_is_shown_and_not_the_default_image_before_it(format: str) -> None:
    data = apng_chunks.file(
        apng_chunks.announced(1),
        apng_chunks.still(apng_chunks.RED),
        apng_chunks.control(0),
        apng_chunks.pixels(1, apng_chunks.GREEN),
    )
    red, green, blue, *_ = channels(drawing.opened(rendered(data, format=format).body).convert("RGB"), (5, 5))
    assert green > 240
    assert max(red, blue) < 12


def test_what_a_single_small_frame_does_not_cover_is_clear() -> None:
    data = apng_chunks.file(
        apng_chunks.announced(1),
        apng_chunks.still(apng_chunks.RED),
        apng_chunks.control(0, (4, 4, 8, 8)),
        apng_chunks.pixels(1, apng_chunks.GREEN, (8, 8)),
    )
    shown = drawing.opened(rendered(data).body).convert("RGBA")
    assert channels(shown, (5, 5)) == (0, 255, 0, 255)
    assert channels(shown, (0, 0))[3] == 0


def test_pixels_of_a_frame_are_not_copied() -> None:
    """A frame of 30 MB, most of it empty blocks, took five times that."""
    rows = (b"\0" + bytes(3 * apng_chunks.SIDE)) * apng_chunks.SIDE
    pixels = chunk(b"IDAT", deflate.padded(rows, 8_000_000))
    parts = apng_chunks.announced(2), apng_chunks.control(0), pixels, apng_chunks.control(1)
    data = apng_chunks.file(*parts, apng_chunks.pixels(2, apng_chunks.RED))
    header = imaging.probe(data, LIMITS)
    assert header.frames == 2
    tracemalloc.start()
    next(decode.frames(data, header, count=2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(data) / 2
