"""Embedded profiles: applied as their arithmetic says, ignored when they are unusable, kept with icc=keep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from app import imaging
from bench.quality.delta_e import ciede2000, lab
from tests.support import drawing, profiles, second_reader
from tests.support.drawing import channels
from tests.support.work import LIMITS, picture, rendered

Samples = NDArray[np.float64]
# Every color of a coarse cube, in patches that lossy formats leave alone.
LEVELS = (0, 51, 102, 153, 204, 255)
PATCH = 8
SPACES = {"adobe": (profiles.ADOBE, 563 / 256), "prophoto": (profiles.ROMM, 461 / 256), "p3": (profiles.P3, 563 / 256)}


def cube() -> Image.Image:
    colors = [(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS]
    image = Image.new("RGB", (36, 6))
    image.putdata(colors)
    return image.resize((36 * PATCH, 6 * PATCH), Image.Resampling.NEAREST)


def middles(image: Image.Image) -> Samples:
    half = PATCH // 2
    return drawing.array(image.convert("RGB"))[half::PATCH, half::PATCH].astype(float)


def encoded_srgb(light: Samples) -> Samples:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def exact(samples: Samples, primaries: profiles.Primaries, gamma: float) -> Samples:
    """Return sRGB of samples of a matrix profile, colors outside of sRGB cut off."""
    xyz = (samples / 255) ** gamma @ np.array(primaries)
    return encoded_srgb(xyz @ np.linalg.inv(np.array(profiles.SRGB)))


def difference(got: Samples, expected: Samples) -> float:
    return float(ciede2000(lab(got), lab(expected)).mean())


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    ("format", "settings", "most"),
    [
        ("PNG", {}, 0.4),
        ("TIFF", {}, 0.4),
        ("WEBP", {"lossless": True}, 0.4),
        ("JPEG", {"quality": 100, "subsampling": 0}, 0.8),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 0.8),
    ],
)
def test_wide_rgb_follows_the_matrix_of_its_profile(
    space: str, format: str, settings: dict[str, Any], most: float
) -> None:
    primaries, gamma = SPACES[space]
    data = drawing.encoded(cube(), format, icc_profile=profiles.rgb(gamma, primaries), **settings)
    expected = exact(middles(cube()), primaries, gamma)
    assert difference(middles(picture(data, format="png")), expected) < most
    assert difference(middles(cube()), expected) > 2, "without the profile it would be far off"


@pytest.mark.parametrize("space", SPACES)
def test_a_profile_is_applied_after_resizing_too(space: str) -> None:
    primaries, gamma = SPACES[space]
    data = drawing.encoded(cube(), "PNG", icc_profile=profiles.rgb(gamma, primaries))
    shown = picture(data, width=36 * PATCH // 2)
    half = drawing.array(shown)[PATCH // 4 :: PATCH // 2, PATCH // 4 :: PATCH // 2].astype(float)
    # the filter reaches over the patches' edges, a little
    assert difference(half, exact(middles(cube()), primaries, gamma)) < 1.5


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_gray_follows_the_curve_of_its_profile(gamma: float, format: str) -> None:
    ramp = Image.frombytes("L", (256, 1), bytes(range(256))).resize((256, 8), Image.Resampling.NEAREST)
    settings = {"quality": 100} if format == "JPEG" else {}
    data = drawing.encoded(ramp, format, icc_profile=profiles.gray(gamma), **settings)
    shown = picture(data, format="png")
    assert shown.mode == "L"
    expected = encoded_srgb((np.arange(256) / 255) ** (round(gamma * 256) / 256))
    got = drawing.array(shown)[4].astype(float)
    gray = [np.repeat(row[None, :, None], 3, axis=2) for row in (got, expected)]
    assert difference(*gray) < 0.6


@pytest.mark.parametrize("format", ["TIFF", "JPEG"])
def test_cmyk_follows_the_table_of_its_profile(format: str) -> None:
    """One ink after the other: under this profile each takes the same amount from L*, and has no hue."""
    inks = np.zeros((8, 256, 4), np.uint8)
    for ink in range(4):
        inks[:, 64 * ink : 64 * ink + 64, ink] = np.repeat(np.arange(0, 256, 32), 8)
    image = Image.frombytes("CMYK", (256, 8), inks.tobytes())
    settings = {"quality": 100, "subsampling": 0} if format == "JPEG" else {}
    data = drawing.encoded(image, format, icc_profile=profiles.cmyk(), **settings)
    got = lab(drawing.array(picture(data, format="png"))[4, 4::8].astype(float))
    taken = inks[4, 4::8].sum(axis=1) / 255 * 60
    assert abs(got[:, 0] - (255 - taken) / 2.55).mean() < 0.8
    assert abs(got[:, 1:]).max() < 1.5


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_broken_profiles_leave_the_samples_alone(mode: str) -> None:
    whole = {"RGB": profiles.rgb(), "CMYK": profiles.cmyk(), "L": profiles.gray()}[mode]
    image = cube().convert(mode)
    plain = picture(drawing.encoded(image, "TIFF"), format="png").tobytes()
    broken = bytearray(whole)
    broken[128:132] = b"\xff\xff\xff\xff"
    for profile in (whole[:131], whole[: len(whole) // 3], b"\0" * 300, bytes(broken)):
        data = drawing.encoded(image, "TIFF", icc_profile=profile)
        assert picture(data, format="png").tobytes() == plain


OWNED = drawing.encoded(drawing.photo(120, 80), "JPEG", icc_profile=profiles.rgb())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_wide_profiles_become_srgb(format: str) -> None:
    profile = profiles.rgb()
    image = Image.new("RGB", (32, 32), (200, 60, 60))
    settings = {"quality": 100} if format in ("JPEG", "WEBP") else {}
    result = picture(drawing.encoded(image, format, icc_profile=profile, **settings), format="png", width=16)
    expected = exact(np.array((200.0, 60.0, 60.0)), profiles.P3, 563 / 256)
    assert expected[0] > 210, "the test profile must be wider than sRGB"
    assert np.abs(drawing.array(result) - expected).max() <= 4
    assert "icc_profile" not in result.info


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_profiles(mode: str) -> None:
    image = Image.new("L", (8, 8), 64).convert(mode)
    if mode == "LA":
        image.putalpha(99)
    result = picture(drawing.encoded(image, "PNG", icc_profile=profiles.gray(1.0)))
    assert result.mode == mode
    assert abs(channels(result, (0, 0))[0] - 137) <= 2


def test_alpha_survives_a_profile() -> None:
    data = drawing.encoded(Image.new("RGBA", (8, 8), (200, 60, 60, 99)), "PNG", icc_profile=profiles.rgb())
    red, *_, alpha = drawing.pixels(picture(data))[0]
    assert alpha == 99
    assert red > 210


@pytest.mark.parametrize("profile", [b"broken", profiles.rgb()[:200], profiles.gray(), profiles.cmyk(), b"\0" * 400])
def test_unusable_profiles_are_ignored(profile: bytes) -> None:
    data = drawing.encoded(Image.new("RGB", (8, 8), (200, 60, 60)), "PNG", icc_profile=profile)
    assert drawing.pixels(picture(data))[0] == (200, 60, 60, 255)


@pytest.mark.parametrize("intent", [b"0", b"1", b"2", b"3"])
def test_elements_of_a_profile_are_passed_over(intent: bytes) -> None:
    """A thousand of them, in 84 KB, took 7 s for a picture of any size."""
    image = Image.new("RGB", (8, 8), (200, 60, 60))
    plain, hostile = (
        picture(drawing.encoded(image, "PNG", icc_profile=profile))
        for profile in (profiles.rgb(), profiles.with_elements(b"D2B" + intent))
    )
    assert hostile.tobytes() == plain.tobytes() != image.tobytes()


def test_elements_of_a_profile_are_kept_with_it() -> None:
    data = drawing.encoded(Image.new("RGB", (8, 8), (200, 60, 60)), "PNG", icc_profile=profiles.with_elements())
    assert picture(data, icc="keep").info["icc_profile"] == profiles.with_elements()


def test_srgb_is_left_alone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = drawing.encoded(drawing.photo(16, 16), "PNG", icc_profile=profile)
    assert picture(data).tobytes() == drawing.photo(16, 16).tobytes()


def test_cmyk_with_profile() -> None:
    image = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    red, green, blue, _ = drawing.pixels(
        picture(drawing.encoded(image, "TIFF", icc_profile=profiles.cmyk()), format="png")
    )[0]
    assert max(red, green, blue) - min(red, green, blue) <= 8, "the inks of this profile have no hue"
    assert 150 < red < 215


def test_a_kept_profile_stays_with_its_samples() -> None:
    kept = picture(OWNED, icc="keep", format="png")
    assert kept.info["icc_profile"] == profiles.rgb()
    assert np.abs(drawing.array(kept) - drawing.array(drawing.opened(OWNED))).max() <= 1
    assert "icc_profile" not in picture(OWNED, format="png").info
    gray = drawing.encoded(drawing.photo(120, 80).convert("L"), "PNG", icc_profile=profiles.gray())
    assert "icc_profile" not in picture(gray, icc="keep").info


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_a_gray_result_has_no_profile_for_rgb(format: str) -> None:
    """A PNG may not: 11.3.2.3 of its specification. So the colors are converted before they become gray."""
    gray, converted = (rendered(OWNED, icc=icc, grayscale=True, format=format).body for icc in ("keep", "srgb"))
    assert gray == converted
    assert second_reader.profile(gray) == b""
    tinted = rendered(OWNED, icc="keep", grayscale=True, tint="red", format=format).body
    assert second_reader.profile(tinted) == profiles.rgb()


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_a_profile_for_cmyk_is_not_kept_because_the_result_is_rgb(format: str) -> None:
    data = drawing.encoded(Image.new("CMYK", (32, 32), (255, 0, 0, 0)), format, icc_profile=profiles.cmyk())
    kept, converted = (rendered(data, icc=icc, format="png").body for icc in ("keep", "srgb"))
    assert second_reader.profile(kept) == b""
    assert second_reader.pixel(kept, (9, 9)) == second_reader.pixel(converted, (9, 9))
    assert second_reader.pixel(kept, (9, 9))[0] == pytest.approx(189, abs=2), "as Chromium shows the JPEG"


def test_colors_in_other_words_are_kept_as_a_profile() -> None:
    data = drawing.png((2, 2), 8, 2, [bytes((51, 179, 77)) * 2] * 2, cICP=bytes((12, 13, 0, 1)))
    kept = rendered(data, icc="keep").body
    assert second_reader.pixel(kept) == (51, 179, 77)
    assert second_reader.in_srgb(kept) == pytest.approx((0, 182, 60), abs=1)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_gray_may_have_a_profile_for_rgb(format: str) -> None:
    """As Chromium shows it."""
    data = drawing.encoded(Image.new("L", (8, 8), 179), format, icc_profile=profiles.rgb(1.0))
    shown = picture(data, format="png")
    assert shown.mode == "L"
    assert shown.getpixel((4, 4)) == pytest.approx(218, abs=1)


@pytest.mark.parametrize(
    ("name", "primaries", "gamma", "expected"),
    [
        ("Display P3 Gamut with sRGB Transfer", profiles.P3, 2.2, (0, 184, 58)),
        ("Linear sRGB", profiles.SRGB, 1.0, (124, 218, 149)),
        ("sRGB", profiles.ADOBE, 2.2, None),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_profile_that_is_called_srgb_is_applied(
    name: str, primaries: profiles.Primaries, gamma: float, expected: tuple[int, int, int] | None, format: str
) -> None:
    settings = (
        {"quality": 100, "subsampling": 0} if format == "JPEG" else {"lossless": True} if format == "WEBP" else {}
    )
    image = Image.new("RGB", (16, 16), (51, 179, 77))
    data = drawing.encoded(image, format, icc_profile=profiles.rgb(gamma, primaries, name=name), **settings)
    shown = second_reader.pixel(rendered(data, format="png").body, (5, 5))
    assert shown == pytest.approx(expected or second_reader.in_srgb(data), abs=3)
    assert shown != pytest.approx((51, 179, 77), abs=3)
    assert imaging.describe(data, LIMITS).icc == name
