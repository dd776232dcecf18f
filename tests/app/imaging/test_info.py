"""The facts in the header of an image: its size, the name of its profile, and the permitted part of EXIF."""

from __future__ import annotations

import struct

import pytest

from app import imaging
from tests.support import drawing, profiles
from tests.support.work import LIMITS

PHOTO = drawing.photo(60, 40)
OWNED = drawing.encoded(PHOTO, "JPEG", exif=drawing.author("A. Nother"), icc_profile=profiles.rgb())
# What tells that a profile follows: ICC.1:2022, section 7.2.
HEAD = (b"\0" * 36 + b"acsp").ljust(128, b"\0")


def test_sizes_are_upright() -> None:
    found = imaging.describe(drawing.encoded(PHOTO, "JPEG", exif=drawing.exif(6)), LIMITS)
    assert (found.width, found.height, found.orientation) == (40, 60, 6)
    assert (found.format, found.mode, found.alpha, found.frames) == ("jpeg", "RGB", False, 1)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_is_told_of_every_format(orientation: int) -> None:
    """The decoder of a TIFF turns the picture itself."""
    for format in ("JPEG", "PNG", "WEBP"):
        data = drawing.encoded(PHOTO, format, exif=drawing.exif(orientation))
        assert imaging.describe(data, LIMITS).orientation == orientation
    tiff = imaging.describe(drawing.encoded(PHOTO, "TIFF", tiffinfo={274: orientation}), LIMITS)
    assert (tiff.width, tiff.height) == ((40, 60) if orientation >= 5 else (60, 40))
    assert tiff.orientation == orientation


def test_the_profile_is_named() -> None:
    assert imaging.describe(OWNED, LIMITS).icc == "drawn in a test"
    assert imaging.describe(drawing.encoded(PHOTO, "PNG", icc_profile=profiles.rgb()), LIMITS).icc == "drawn in a test"
    assert imaging.describe(drawing.encoded(PHOTO, "PNG"), LIMITS).icc is None


def test_names_of_newer_profiles_are_read() -> None:
    """From version 4 on the description is in several languages, in UTF-16."""
    name = "Größe P3".encode("utf-16-be")
    tag = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"de", b"DE", len(name), 28) + name
    whole = HEAD + struct.pack(">I4sII", 1, b"desc", 144, len(tag)) + tag
    assert imaging.describe(drawing.encoded(PHOTO, "PNG", icc_profile=whole), LIMITS).icc == "Größe P3"


@pytest.mark.parametrize("profile", [b"x", profiles.rgb()[:140], b"\0" * 400])
def test_a_profile_without_a_readable_name_has_none(profile: bytes) -> None:
    assert imaging.describe(drawing.encoded(PHOTO, "PNG", icc_profile=profile), LIMITS).icc is None


def test_the_position_is_included_only_on_request() -> None:
    assert "gps" not in imaging.describe(OWNED, LIMITS).exif
    exif = imaging.describe(OWNED, LIMITS, position=True).exif
    assert exif["gps"] == pytest.approx({"latitude": 48.858333, "longitude": 2.294444}, abs=1e-5)
    assert (exif["artist"], exif["iso"], exif["exposure_s"]) == ("A. Nother", 200, 0.004)


def test_the_name_of_a_profile_is_found_behind_other_tags() -> None:
    tag = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"Studio"
    tags = struct.pack(">I4sII4sII", 2, b"cprt", 156, 0, b"desc", 156, len(tag))
    profile = HEAD + tags + tag
    assert imaging.describe(drawing.encoded(PHOTO, "PNG", icc_profile=profile), LIMITS).icc == "Studio"
