"""Samples of every depth, palette and color model come out as the eye should see them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from app.core.errors import ServiceError
from tests.support import drawing, second_reader
from tests.support.work import picture, rendered

GRAY_ROWS = {1: bytes([0b01000000]), 2: bytes([0b00011011]), 4: bytes([0x05, 0xAF]), 8: bytes([0, 85, 170, 255])}
GRAYS = {1: [0, 255], 2: [0, 85, 170, 255], 4: [0, 85, 170, 255], 8: [0, 85, 170, 255]}


@pytest.mark.parametrize("depth", GRAY_ROWS)
def test_gray_of_few_bits(depth: int) -> None:
    size = len(GRAYS[depth]), 1
    data = drawing.png(size, depth, 0, [GRAY_ROWS[depth]])
    assert drawing.pixels(picture(data)) == [(gray, gray, gray, 255) for gray in GRAYS[depth]]


@pytest.mark.parametrize("depth", GRAY_ROWS)
def test_transparent_color_of_gray(depth: int) -> None:
    last = (1 << depth) - 1
    size = len(GRAYS[depth]), 1
    data = drawing.png(size, depth, 0, [GRAY_ROWS[depth]], tRNS=struct.pack(">H", last))
    assert [alpha for *_, alpha in drawing.pixels(picture(data))] == [255] * (size[0] - 1) + [0]


def test_gray_of_sixteen_bits_is_scaled_exactly() -> None:
    samples = struct.pack(">4H", 0, 32896, 32897, 65535)
    plain = drawing.png((4, 1), 16, 0, [samples])
    assert [red for red, *_ in drawing.pixels(picture(plain))] == [0, 128, 128, 255]
    # where the upper byte alone would be one less, or one more
    between = drawing.png((2, 1), 16, 0, [struct.pack(">2H", 0x00C0, 0xFE40)])
    assert [red for red, *_ in drawing.pixels(picture(between))] == [1, 253]
    keyed = drawing.png((4, 1), 16, 0, [samples], tRNS=struct.pack(">H", 32897))
    assert [alpha for *_, alpha in drawing.pixels(picture(keyed))] == [255, 255, 0, 255]


def test_colors_of_sixteen_bits() -> None:
    samples = struct.pack(">6H", 65535, 32896, 0, 257 * 10, 257 * 20, 257 * 30)
    data = drawing.png((2, 1), 16, 2, [samples], tRNS=samples[6:])
    assert drawing.pixels(picture(data)) == [(255, 128, 0, 255), (10, 20, 30, 0)]
    with_alpha = drawing.png((1, 1), 16, 6, [struct.pack(">4H", 65535, 32896, 0, 32896)])
    assert drawing.pixels(picture(with_alpha)) == [(255, 128, 0, 128)]
    gray_alpha = drawing.png((1, 1), 16, 4, [struct.pack(">2H", 32896, 32896)])
    assert drawing.pixels(picture(gray_alpha)) == [(128, 128, 128, 128)]


@pytest.mark.parametrize("byteorder", ["I;16", "I;16B"])
def test_a_tiff_of_sixteen_bits(byteorder: str) -> None:
    image = Image.frombytes(byteorder, (2, 1), struct.pack(">2H" if byteorder.endswith("B") else "<2H", 32896, 65535))
    assert [red for red, *_ in drawing.pixels(picture(drawing.encoded(image, "TIFF"), format="png"))] == [128, 255]


def test_transparent_color_of_rgb() -> None:
    data = drawing.png((2, 1), 8, 2, [bytes((1, 2, 3, 4, 5, 6))], tRNS=struct.pack(">3H", 1, 2, 3))
    assert [alpha for *_, alpha in drawing.pixels(picture(data))] == [0, 255]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palettes_with_and_without_transparency(depth: int) -> None:
    palette, row = bytes((255, 0, 0, 0, 0, 255)), {1: 0x40, 2: 0x10, 4: 0x01}.get(depth)
    rows = [bytes((0, 1)) if row is None else bytes((row,))]
    opaque = drawing.png((2, 1), depth, 3, rows, PLTE=palette)
    assert drawing.pixels(picture(opaque)) == [(255, 0, 0, 255), (0, 0, 255, 255)]
    half = drawing.png((2, 1), depth, 3, rows, PLTE=palette, tRNS=bytes((128,)))
    assert drawing.pixels(picture(half)) == [(255, 0, 0, 128), (0, 0, 255, 255)]
    clear = drawing.png((2, 1), depth, 3, rows, PLTE=palette, tRNS=bytes((255, 0)))
    assert [alpha for *_, alpha in drawing.pixels(picture(clear))] == [255, 0]


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    for data in (drawing.encoded(image, "JPEG", quality=95), drawing.encoded(image, "TIFF")):
        assert np.abs(drawing.array(picture(data, format="png")) - (255, 0, 0)).max() <= 6


INKS = {"cyan": (255, 0, 0, 0), "red": (0, 255, 255, 0), "black": (0, 0, 0, 255), "green": (200, 40, 220, 30)}


@pytest.mark.parametrize("ink", INKS)
def test_cmyk_is_stored_inverted_with_and_without_the_marker_of_adobe(ink: str) -> None:
    """Chromium and libvips take every CMYK JPEG for inverted, and so does whoever writes one."""
    image = Image.new("CMYK", (32, 32), INKS[ink])
    data = drawing.encoded(image, "JPEG", quality=95)
    at = data.index(b"\xff\xee")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    bare = data[:at] + data[at + 2 + length :]
    ycck = data[: at + 1 + length] + b"\2" + data[at + 2 + length :]
    assert second_reader.pixel(bare, (9, 9)) == pytest.approx(INKS[ink], abs=3)
    cyan, magenta, yellow, black = INKS[ink]
    expected = [(255 - part) * (255 - black) / 255 for part in (cyan, magenta, yellow)]
    for each in (data, bare, drawing.encoded(image, "TIFF")):
        shown = np.asarray(picture(each, format="png").convert("RGB"))
        assert np.abs(shown.astype(int) - expected).max() <= 6
    # the same samples, said to be luma and chroma with black: whatever libvips makes of them
    *parts, black = second_reader.pixel(ycck, (9, 9))
    shown = np.asarray(picture(ycck, format="png").convert("RGB"))
    assert np.abs(shown.astype(int) - [(255 - part) * (255 - black) / 255 for part in parts]).max() <= 6


def test_gray_stays_gray() -> None:
    data = drawing.encoded(drawing.photo(32, 32).convert("L"), "JPEG")
    assert picture(data).mode == "L"
    assert picture(data, width=10).mode == "L"


def test_lab_is_shown_in_its_colors() -> None:
    image = Image.new("LAB", (8, 8), (138, 208, 195))  # L* 54, a* 80, b* 67: sRGB red under D50
    result = picture(drawing.encoded(image, "TIFF"), format="png").convert("RGB")
    assert result.getpixel((4, 4)) == pytest.approx((254, 0, 0), abs=12)
    for query in ({"trim": 5}, {"rotate": 5}, {"width": 4, "height": 2, "fit": "cover", "gravity": "attention"}):
        try:
            picture(drawing.encoded(image, "TIFF"), **query)
        except ServiceError:
            raise AssertionError(query) from None


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_opaque_alpha_is_left_out(mode: str) -> None:
    image = drawing.photo(400, 300).convert(mode)
    assert picture(drawing.encoded(image, "PNG"), width=200).mode == mode[:-1]
    image.putpixel((9, 9), (*drawing.GREEN[: len(mode) - 1], 254))
    assert picture(drawing.encoded(image, "PNG"), width=400).mode == mode


def test_opaque_frames_of_an_animation_keep_their_alpha() -> None:
    frames = [frame.convert("RGBA") for frame in drawing.moving()]
    frames[2].putpixel((1, 1), (0, 0, 0, 0))
    result = rendered(drawing.animation("PNG", frames, duration=50), width=20)
    assert result.frames == len(frames)


def test_rgb_in_a_jpeg_keeps_its_colors() -> None:
    for color in (drawing.RED, drawing.GREEN, drawing.BLUE):
        data = drawing.encoded(Image.new("RGB", (64, 48), color), "JPEG", quality=95, keep_rgb=True)
        shown = drawing.channels(picture(data, width=32), (9, 9))
        assert np.abs(np.subtract(shown, color)).max() <= 3


def test_a_tiff_in_other_color_models_shows_its_colors() -> None:
    color = Image.new("RGB", (8, 8), (200, 40, 90))
    ycbcr = picture(drawing.encoded(color.convert("YCbCr"), "TIFF"), format="png")
    assert ycbcr.getpixel((4, 4)) == pytest.approx((200, 40, 90), abs=2)
    palette = color.quantize(2).convert("PA")
    palette.putalpha(128)
    assert picture(drawing.encoded(palette, "TIFF"), format="png").getpixel((4, 4)) == (200, 40, 90, 128)
