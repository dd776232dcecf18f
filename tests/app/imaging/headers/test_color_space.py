"""Code points and gamma become profiles that show what Chromium 156 was seen to show of (51, 179, 77)."""

from __future__ import annotations

import pytest
from PIL import Image

from app.imaging import icc
from app.imaging.headers import color_space, icc_profile

COLOR = (51, 179, 77)
BY_PRIMARIES = {
    4: (0, 176, 69),
    5: (32, 179, 79),
    6: (66, 177, 76),
    7: (66, 177, 76),
    8: (0, 184, 64),
    9: (0, 189, 54),
    10: (0, 238, 0),
    11: (0, 182, 60),
    12: (0, 182, 60),
    22: (41, 175, 77),
}
BY_TRANSFER = {
    1: (40, 175, 67),
    4: (48, 180, 76),
    5: (27, 164, 53),
    6: (40, 175, 67),
    7: (69, 187, 94),
    8: (124, 218, 149),
    11: (40, 175, 67),
    14: (40, 175, 67),
    15: (40, 175, 67),
    17: (35, 176, 62),
}
# Gray samples, and what they are with PQ and HLG.
HDR = {
    16: {64: 30, 128: 132, 148: 187, 160: 213, 180: 242, 192: 255, 255: 255},
    18: {64: 43, 128: 99, 192: 189, 255: 255},
}


def shown(profile: bytes, color: tuple[int, int, int] = COLOR) -> tuple[int, ...]:
    found = icc.profile_to_srgb(Image.new("RGB", (1, 1), color), profile).getpixel((0, 0))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("primaries", BY_PRIMARIES)
def test_primaries(primaries: int) -> None:
    assert shown(color_space.from_code_points(primaries, 13)) == pytest.approx(BY_PRIMARIES[primaries], abs=1)


@pytest.mark.parametrize("transfer", BY_TRANSFER)
def test_transfer(transfer: int) -> None:
    assert shown(color_space.from_code_points(1, transfer)) == pytest.approx(BY_TRANSFER[transfer], abs=1)


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (2, 2), (0, 0), (1, 9), (255, 255)])
def test_srgb_and_what_is_not_known_need_no_profile(primaries: int, transfer: int) -> None:
    assert color_space.from_code_points(primaries, transfer) == b""


@pytest.mark.parametrize("transfer", HDR)
def test_hdr_is_tone_mapped(transfer: int) -> None:
    profile = color_space.from_code_points(9, transfer)
    for sample, expected in HDR[transfer].items():
        assert shown(profile, (sample, sample, sample)) == pytest.approx((expected,) * 3, abs=1), sample


@pytest.mark.parametrize("transfer", HDR)
def test_hdr_never_gets_darker_when_light_is_added(transfer: int) -> None:
    profile = color_space.from_code_points(9, transfer)
    ramp = Image.frombytes("L", (256, 1), bytes(range(256))).convert("RGB")
    grays = icc.profile_to_srgb(ramp, profile).getchannel("G").tobytes()
    assert list(grays) == sorted(grays)
    assert len(set(grays)) > 100


def test_a_box_of_code_points_takes_the_curve_of_cameras_for_srgb() -> None:
    for transfer in (1, 6, 14, 15):
        assert color_space.from_nclx(bytes((0, 1, 0, transfer, 0, 1, 128))) == b""
    assert shown(color_space.from_nclx(bytes((0, 12, 0, 1, 0, 1, 128)))) == pytest.approx((0, 182, 60), abs=1)
    assert color_space.from_nclx(b"") == b""


def test_gamma_near_the_usual_one_is_srgb() -> None:
    assert [bool(color_space.from_gamma(gama, None)) for gama in (0, 43_000, 44_000, 45_455, 47_000, 50_000)] == [
        False,
        True,
        False,
        False,
        False,
        True,
    ]
    assert not icc_profile.is_srgb(color_space.from_gamma(45_455, color_space.BT709))


def test_profiles_are_named() -> None:
    names = [icc_profile.description(color_space.from_code_points(*each)) for each in ((12, 13), (9, 16), (9, 18))]
    assert names == ["Display P3", "BT.2020, PQ", "BT.2020, HLG"]
