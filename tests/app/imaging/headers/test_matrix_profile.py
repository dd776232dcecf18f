"""Profiles are written as the standard wants them: other readers take them, and find the primaries."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import ImageCms

from app.imaging.headers import matrix_profile
from app.imaging.headers.color_space import BT709
from tests.support import drawing, profiles, second_reader

DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))


@pytest.mark.parametrize(("primaries", "expected"), [(DISPLAY_P3, profiles.P3), (BT709, profiles.SRGB)])
def test_primaries_are_adapted_to_the_white_of_profiles(
    primaries: matrix_profile.Primaries, expected: profiles.Primaries
) -> None:
    """The published values of both: Apple's Display P3, and IEC 61966-2-1."""
    profile = ImageCms.ImageCmsProfile(BytesIO(matrix_profile.build("name", primaries, lambda sample: sample))).profile
    found = (profile.red_colorant, profile.green_colorant, profile.blue_colorant)
    for colorant, xyz in zip(found, expected, strict=True):
        assert colorant is not None
        assert colorant[0] == pytest.approx(xyz, abs=0.0006)
    assert profile.profile_description == "name"


def test_libvips_converts_by_it() -> None:
    profile = matrix_profile.build("name", DISPLAY_P3, lambda sample: sample**2.2)
    data = drawing.encoded(drawing.opened(drawing.flat(51, 179, 77)), "PNG", icc_profile=profile)
    assert second_reader.in_srgb(data) == pytest.approx((0, 184, 58), abs=1)


def test_intent_and_illuminant_are_where_icc_has_them() -> None:
    """ICC.1:2022, table 17: perceptual, D50, and nothing behind the creator. Chromium reads no profile without them."""
    profile = matrix_profile.build("name", DISPLAY_P3, lambda sample: sample)
    assert struct.unpack(">I", profile[64:68]) == (0,)
    assert struct.unpack(">3I", profile[68:80]) == (0xF6D6, 0x10000, 0xD32D)
    assert profile[80:128] == bytes(48)


def test_lengths_and_places_add_up() -> None:
    profile = matrix_profile.build("name", BT709, lambda sample: sample)
    size, count = struct.unpack(">I", profile[:4])[0], struct.unpack(">I", profile[128:132])[0]
    assert size == len(profile)
    for index in range(count):
        at, length = struct.unpack(">II", profile[136 + 12 * index : 144 + 12 * index])
        assert at % 4 == 0
        assert at + length <= size


@pytest.mark.parametrize(
    "primaries",
    [
        ((0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.3127, 0.329)),
        ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), (0.3, 0.0)),
        ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    ],
)
def test_primaries_that_span_nothing_are_an_error(primaries: matrix_profile.Primaries) -> None:
    with pytest.raises(ArithmeticError):
        matrix_profile.build("name", primaries, lambda sample: sample)
