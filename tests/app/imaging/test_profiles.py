"""Embedded profiles of every kind, compared with the arithmetic that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.quality.delta_e import ciede2000, lab
from tests.support import drawing, profiles
from tests.support.work import picture

Samples = NDArray[np.float64]

# Every colour of a coarse cube, in patches that lossy formats leave alone.
STEPS = (0, 51, 102, 153, 204, 255)
PATCH = 8
SPACES = {"adobe": (profiles.ADOBE, 563 / 256), "prophoto": (profiles.ROMM, 461 / 256), "p3": (profiles.P3, 563 / 256)}


def cube() -> Image.Image:
    colours = [(r, g, b) for r in STEPS for g in STEPS for b in STEPS]
    image = Image.new("RGB", (36, 6))
    image.putdata(colours)
    return image.resize((36 * PATCH, 6 * PATCH), Image.Resampling.NEAREST)


def middles(image: Image.Image) -> Samples:
    half = PATCH // 2
    return drawing.array(image.convert("RGB"))[half::PATCH, half::PATCH].astype(float)


def encoded_srgb(light: Samples) -> Samples:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def exact(samples: Samples, primaries: profiles.Primaries, gamma: float) -> Samples:
    """Return sRGB of samples of a matrix profile, colours outside of sRGB cut off."""
    xyz = (samples / 255) ** gamma @ np.array(primaries)
    return encoded_srgb(xyz @ np.linalg.inv(np.array(profiles.SRGB)))


def apart(got: Samples, wanted: Samples) -> float:
    return float(ciede2000(lab(got), lab(wanted)).mean())


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
def test_wide_rgb_is_what_its_matrix_says(space: str, format: str, settings: dict[str, Any], most: float) -> None:
    primaries, gamma = SPACES[space]
    data = drawing.encoded(cube(), format, icc_profile=profiles.rgb(gamma, primaries), **settings)
    wanted = exact(middles(cube()), primaries, gamma)
    assert apart(middles(picture(data, format="png")), wanted) < most
    assert apart(middles(cube()), wanted) > 2, "without the profile it would be far off"


@pytest.mark.parametrize("space", SPACES)
def test_a_profile_is_applied_after_resizing_too(space: str) -> None:
    primaries, gamma = SPACES[space]
    data = drawing.encoded(cube(), "PNG", icc_profile=profiles.rgb(gamma, primaries))
    shown = picture(data, width=36 * PATCH // 2)
    half = drawing.array(shown)[PATCH // 4 :: PATCH // 2, PATCH // 4 :: PATCH // 2].astype(float)
    # the filter reaches over the patches' edges, a little
    assert apart(half, exact(middles(cube()), primaries, gamma)) < 1.5


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_grey_is_what_its_curve_says(gamma: float, format: str) -> None:
    ramp = Image.frombytes("L", (256, 1), bytes(range(256))).resize((256, 8), Image.Resampling.NEAREST)
    settings = {"quality": 100} if format == "JPEG" else {}
    data = drawing.encoded(ramp, format, icc_profile=profiles.grey(gamma), **settings)
    shown = picture(data, format="png")
    assert shown.mode == "L"
    wanted = encoded_srgb((np.arange(256) / 255) ** (round(gamma * 256) / 256))
    got = drawing.array(shown)[4].astype(float)
    grey = [np.repeat(row[None, :, None], 3, axis=2) for row in (got, wanted)]
    assert apart(*grey) < 0.6


@pytest.mark.parametrize("format", ["TIFF", "JPEG"])
def test_cmyk_is_what_its_table_says(format: str) -> None:
    """One ink after the other: under this profile each takes the same from L*, and gives no hue."""
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
    whole = {"RGB": profiles.rgb(), "CMYK": profiles.cmyk(), "L": profiles.grey()}[mode]
    image = cube().convert(mode)
    plain = picture(drawing.encoded(image, "TIFF"), format="png").tobytes()
    broken = bytearray(whole)
    broken[128:132] = b"\xff\xff\xff\xff"
    for profile in (whole[:131], whole[: len(whole) // 3], b"\0" * 300, bytes(broken)):
        data = drawing.encoded(image, "TIFF", icc_profile=profile)
        assert picture(data, format="png").tobytes() == plain
