"""Samples of every depth, palette, key colour and profile come out as the eye should see them."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.support import drawing, profiles
from tests.support.work import picture


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    return [tuple(pixel) for pixel in drawing.array(image.convert("RGBA")).reshape(-1, 4).tolist()]


GREY_ROWS = {1: bytes([0b01000000]), 2: bytes([0b00011011]), 4: bytes([0x05, 0xAF]), 8: bytes([0, 85, 170, 255])}
GREYS = {1: [0, 255], 2: [0, 85, 170, 255], 4: [0, 85, 170, 255], 8: [0, 85, 170, 255]}


@pytest.mark.parametrize("depth", GREY_ROWS)
def test_grey_of_few_bits(depth: int) -> None:
    size = len(GREYS[depth]), 1
    data = drawing.png(size, depth, 0, [GREY_ROWS[depth]])
    assert pixels(picture(data)) == [(grey, grey, grey, 255) for grey in GREYS[depth]]


@pytest.mark.parametrize("depth", GREY_ROWS)
def test_key_colour_of_grey(depth: int) -> None:
    last = (1 << depth) - 1
    size = len(GREYS[depth]), 1
    data = drawing.png(size, depth, 0, [GREY_ROWS[depth]], tRNS=struct.pack(">H", last))
    assert [alpha for *_, alpha in pixels(picture(data))] == [255] * (size[0] - 1) + [0]


def test_sixteen_bit_grey_is_scaled_and_keyed_exactly() -> None:
    samples = struct.pack(">4H", 0, 32896, 32897, 65535)
    plain = drawing.png((4, 1), 16, 0, [samples])
    assert [red for red, *_ in pixels(picture(plain))] == [0, 128, 128, 255]
    keyed = drawing.png((4, 1), 16, 0, [samples], tRNS=struct.pack(">H", 32897))
    assert [alpha for *_, alpha in pixels(picture(keyed))] == [255, 255, 0, 255]


def test_sixteen_bit_colours() -> None:
    samples = struct.pack(">6H", 65535, 32896, 0, 257 * 10, 257 * 20, 257 * 30)
    data = drawing.png((2, 1), 16, 2, [samples], tRNS=samples[6:])
    assert pixels(picture(data)) == [(255, 128, 0, 255), (10, 20, 30, 0)]
    with_alpha = drawing.png((1, 1), 16, 6, [struct.pack(">4H", 65535, 32896, 0, 32896)])
    assert pixels(picture(with_alpha)) == [(255, 128, 0, 128)]
    grey_alpha = drawing.png((1, 1), 16, 4, [struct.pack(">2H", 32896, 32896)])
    assert pixels(picture(grey_alpha)) == [(128, 128, 128, 128)]


@pytest.mark.parametrize("byteorder", ["I;16", "I;16B"])
def test_sixteen_bit_tiff(byteorder: str) -> None:
    image = Image.frombytes(byteorder, (2, 1), struct.pack(">2H" if byteorder.endswith("B") else "<2H", 32896, 65535))
    assert [red for red, *_ in pixels(picture(drawing.encoded(image, "TIFF"), format="png"))] == [128, 255]


def test_key_colour_of_rgb() -> None:
    data = drawing.png((2, 1), 8, 2, [bytes((1, 2, 3, 4, 5, 6))], tRNS=struct.pack(">3H", 1, 2, 3))
    assert [alpha for *_, alpha in pixels(picture(data))] == [0, 255]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palettes_with_and_without_transparency(depth: int) -> None:
    palette, row = bytes((255, 0, 0, 0, 0, 255)), {1: 0x40, 2: 0x10, 4: 0x01}.get(depth)
    rows = [bytes((0, 1)) if row is None else bytes((row,))]
    opaque = drawing.png((2, 1), depth, 3, rows, PLTE=palette)
    assert pixels(picture(opaque)) == [(255, 0, 0, 255), (0, 0, 255, 255)]
    half = drawing.png((2, 1), depth, 3, rows, PLTE=palette, tRNS=bytes((128,)))
    assert pixels(picture(half)) == [(255, 0, 0, 128), (0, 0, 255, 255)]
    clear = drawing.png((2, 1), depth, 3, rows, PLTE=palette, tRNS=bytes((255, 0)))
    assert [alpha for *_, alpha in pixels(picture(clear))] == [255, 0]


def test_edges_of_clear_areas_stay_clean() -> None:
    """Clear pixels are black here: without weighting by alpha they would darken the white next to them."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 31, 64))
    for mode in ("RGBA", "LA"):
        result = picture(drawing.encoded(image.convert(mode), "PNG"), width=16)
        assert all(pixel[0] == 255 for pixel in pixels(result) if pixel[3] > 0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"format": "jpeg"}, (255, 255, 255)),
        ({"format": "jpeg", "background": "0000ff"}, (0, 0, 255)),
        ({"format": "jpeg", "background": "transparent"}, (255, 255, 255)),
        ({"format": "jpeg", "background": "0000ff80"}, (127, 127, 255)),
        ({"format": "png", "background": "0000ff"}, (0, 0, 255)),
        ({"format": "webp", "background": "lime"}, (0, 255, 0)),
    ],
)
def test_clear_pixels_are_laid_on_the_background(wanted: dict[str, str], expected: tuple[int, ...]) -> None:
    data = drawing.encoded(Image.new("RGBA", (16, 16), (200, 100, 50, 0)), "PNG")
    result = picture(data, **wanted)
    assert "A" not in result.getbands()
    assert np.abs(drawing.array(result.convert("RGB")) - expected).max() <= 3


def test_background_may_stay_half_clear() -> None:
    data = drawing.encoded(Image.new("RGBA", (4, 4), (200, 100, 50, 0)), "PNG")
    assert pixels(picture(data, background="0000ff80"))[0] == (0, 0, 255, 128)


@pytest.mark.parametrize(
    ("mode", "background", "corner", "result_mode"),
    [
        ("RGB", None, (0, 0, 0, 0), "RGBA"),
        ("L", None, (0, 0, 0, 0), "LA"),
        ("L", "808080", (128, 128, 128, 255), "L"),
        ("RGB", "red", (255, 0, 0, 255), "RGB"),
        ("RGBA", None, (0, 0, 0, 0), "RGBA"),
    ],
)
def test_letterbox(mode: str, background: str | None, corner: tuple[int, ...], result_mode: str) -> None:
    data = drawing.encoded(Image.new("RGB", (20, 10), (9, 9, 9)).convert(mode), "PNG")
    wanted = {"background": background} if background else {}
    result = picture(data, width=10, height=10, fit="contain", **wanted)
    assert result.mode == result_mode
    got = pixels(result)[0]
    assert got[3] == corner[3]
    assert got == corner or corner[3] == 0
    assert pixels(result)[55] == (9, 9, 9, 255)


def test_letterbox_is_white_where_nothing_can_be_clear() -> None:
    data = drawing.encoded(Image.new("RGB", (40, 20), (9, 9, 9)), "PNG")
    assert picture(data, width=40, height=40, fit="contain", format="jpeg").getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_wide_profiles_become_srgb(format: str) -> None:
    profile = profiles.rgb()
    image = Image.new("RGB", (32, 32), (200, 60, 60))
    settings = {"quality": 100} if format in ("JPEG", "WEBP") else {}
    result = picture(drawing.encoded(image, format, icc_profile=profile, **settings), format="png", width=16)
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    want = ImageCms.profileToProfile(image, source, srgb)
    assert want is not None
    wanted = want.getpixel((0, 0))
    assert isinstance(wanted, tuple)
    assert wanted[0] > 210, "the test profile must be wider than sRGB"
    assert np.abs(drawing.array(result) - wanted).max() <= 4
    assert "icc_profile" not in result.info


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_profiles(mode: str) -> None:
    image = Image.new("L", (8, 8), 64).convert(mode)
    if mode == "LA":
        image.putalpha(99)
    result = picture(drawing.encoded(image, "PNG", icc_profile=profiles.grey(1.0)))
    assert result.mode == mode
    assert abs(result.getpixel((0, 0))[0] - 137 if mode == "LA" else result.getpixel((0, 0)) - 137) <= 2  # type: ignore


def test_alpha_survives_a_profile() -> None:
    data = drawing.encoded(Image.new("RGBA", (8, 8), (200, 60, 60, 99)), "PNG", icc_profile=profiles.rgb())
    red, *_, alpha = pixels(picture(data))[0]
    assert alpha == 99
    assert red > 210


@pytest.mark.parametrize("profile", [b"broken", profiles.rgb()[:200], profiles.grey(), profiles.cmyk(), b"\0" * 400])
def test_unusable_profiles_are_ignored(profile: bytes) -> None:
    data = drawing.encoded(Image.new("RGB", (8, 8), (200, 60, 60)), "PNG", icc_profile=profile)
    assert pixels(picture(data))[0] == (200, 60, 60, 255)


def test_srgb_is_left_alone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = drawing.encoded(drawing.photo(16, 16), "PNG", icc_profile=profile)
    assert picture(data).tobytes() == drawing.photo(16, 16).tobytes()


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    for data in (drawing.encoded(image, "JPEG", quality=95), drawing.encoded(image, "TIFF")):
        assert np.abs(drawing.array(picture(data, format="png")) - (255, 0, 0)).max() <= 6


def test_cmyk_that_is_not_stored_inverted() -> None:
    """Only Adobe stores CMYK inverted; a file without its marker means what it says."""
    data = drawing.encoded(Image.new("CMYK", (32, 32), (255, 0, 0, 255)), "JPEG", quality=95)
    at = data.index(b"\xff\xee")
    bare = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    assert np.abs(drawing.array(picture(bare, format="png")) - (255, 0, 0)).max() <= 6


def test_cmyk_with_profile() -> None:
    image = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    red, green, blue, _ = pixels(picture(drawing.encoded(image, "TIFF", icc_profile=profiles.cmyk()), format="png"))[0]
    assert max(red, green, blue) - min(red, green, blue) <= 8, "this profile knows no hues"
    assert 150 < red < 215


def test_metadata_is_dropped() -> None:
    data = drawing.encoded(
        drawing.photo(16, 16),
        "JPEG",
        exif=drawing.exif(1),
        comment=b"secret",
        icc_profile=profiles.rgb(),
        dpi=(300, 300),
    )
    for format in ("jpeg", "png", "webp", "avif", "gif"):
        info = picture(data, format=format).info
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(info), format


def test_grey_stays_grey() -> None:
    data = drawing.encoded(drawing.photo(32, 32).convert("L"), "JPEG")
    assert picture(data).mode == "L"
    assert picture(data, width=10).mode == "L"


def test_bmp_and_tiff_become_what_can_be_written() -> None:
    from tests.support.work import rendered

    assert rendered(drawing.encoded(drawing.photo(8, 8), "BMP")).format == "jpeg"
    assert rendered(drawing.encoded(drawing.photo(8, 8), "TIFF")).format == "jpeg"
    assert rendered(drawing.encoded(drawing.photo(8, 8).convert("RGBA"), "TIFF")).format == "png"
