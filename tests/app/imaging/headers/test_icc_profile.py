"""A profile is sRGB by its numbers, never by its name."""

from __future__ import annotations

import struct

import pytest
from PIL import ImageCms

from app.imaging.headers import icc_profile
from app.imaging.headers.color_space import BT709
from app.imaging.headers.matrix_profile import build
from tests.support import profiles

LITTLE_CMS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))


def curve(sample: float) -> float:
    return sample / 12.92 if sample <= 0.04045 else ((sample + 0.055) / 1.055) ** 2.4


def with_curve(tag: bytes) -> bytes:
    """Return a profile of the primaries of sRGB and this curve, put behind the end of another one."""
    base = bytearray(profiles.rgb(2.2, profiles.SRGB))
    for index in range(struct.unpack_from(">I", base, 128)[0]):
        at = 132 + 12 * index
        if base[at + 1 : at + 4] == b"TRC":
            struct.pack_into(">II", base, at + 4, len(base), len(tag))
    return bytes(base) + tag


def parametric(kind: int, *numbers: float) -> bytes:
    fixed = struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + fixed


SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
ALIKE = {
    "Little CMS": LITTLE_CMS,
    "a table of 256": build("Display P3", BT709, curve),
    "type 3": with_curve(parametric(3, *SRGB_CURVE)),
    "type 4": with_curve(parametric(4, *SRGB_CURVE, 0, 0)),
}
OTHER = {
    "P3 with the curve of sRGB": build("Display P3 Gamut with sRGB Transfer", P3, curve),
    "linear": build("Linear sRGB", BT709, lambda sample: sample),
    "gamma 2.2": build("sRGB gamma 2.2", BT709, lambda sample: sample**2.2),
    "one gamma": profiles.rgb(2.2, profiles.SRGB),
    "no curve": with_curve(b"curv" + bytes(8)),
    "type 0": with_curve(parametric(0, 2.2)),
    "type 1": with_curve(parametric(1, 2.4, 1 / 1.055, 0.055 / 1.055)),
    "type 2": with_curve(parametric(2, 2.4, 1 / 1.055, 0.055 / 1.055, 0.01)),
    "an unknown type": with_curve(parametric(9, 2.4)),
    "CMYK": profiles.cmyk(),
    "gray": profiles.gray(),
    "a table from A to B": LITTLE_CMS[:132] + b"A2B0" + LITTLE_CMS[136:],
    "cut": LITTLE_CMS[:200],
    "nothing": b"",
}


@pytest.mark.parametrize("name", ALIKE)
def test_srgb_is_found_by_its_numbers(name: str) -> None:
    assert icc_profile.is_srgb(ALIKE[name])


@pytest.mark.parametrize("name", OTHER)
def test_names_are_not_believed(name: str) -> None:
    assert not icc_profile.is_srgb(OTHER[name])


def test_tags_that_all_refer_to_everything_are_not_copied() -> None:
    entries = b"".join(struct.pack(">4sII", b"%04d" % index, 0, 8 << 20) for index in range(100))
    assert icc_profile.description(bytes(128) + struct.pack(">I", 100) + entries + bytes(8 << 20)) is None


def test_what_does_not_say_that_it_is_a_profile_is_none() -> None:
    assert icc_profile.usable(LITTLE_CMS) == LITTLE_CMS
    for data in (b"", b"x" * 400, LITTLE_CMS[:132], LITTLE_CMS[:36] + b"ACSP" + LITTLE_CMS[40:]):
        assert icc_profile.usable(data) == b""


@pytest.mark.parametrize(
    ("profile", "modes"),
    [
        (profiles.gray(), {"L", "LA"}),
        (LITTLE_CMS, {"L", "LA", "RGB", "RGBA"}),
        (profiles.cmyk(), {"CMYK"}),
        (b"", set()),
    ],
)
def test_a_profile_is_for_some_samples(profile: bytes, modes: set[str]) -> None:
    assert {mode for mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB") if icc_profile.fits(profile, mode)} == modes
    assert icc_profile.is_for_rgb(profile) == (modes > {"RGB"})


def test_tags_of_elements_get_names_that_no_color_engine_knows() -> None:
    profile = profiles.with_elements(b"B2D3")
    renamed = icc_profile.without_elements(profile)
    assert (profile.count(b"B2D3"), renamed.count(b"x2D3")) == (1, 1)
    assert renamed == profile.replace(b"B2D3", b"x2D3")
    assert icc_profile.without_elements(profiles.rgb()) == profiles.rgb()


@pytest.mark.parametrize("length", [133, 140, 150])
def test_a_cut_table_of_tags_is_left_as_it_is(length: int) -> None:
    assert icc_profile.without_elements(profiles.rgb()[:length]) == profiles.rgb()[:length]
