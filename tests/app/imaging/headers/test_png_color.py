"""Which of a PNG's chunks about color counts, as in Chromium: cICP, iCCP, sRGB, gAMA with cHRM, but no broken one."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from app import imaging
from tests.support import drawing, profiles
from tests.support.work import LIMITS, pixel

# P3 (0.2, 0.7, 0.3).
COLOR = (51, 179, 77)
P3, SRGB = bytes((12, 13, 0, 1)), bytes((1, 13, 0, 1))
ICC = b"x\0\0" + zlib.compress(profiles.rgb())
LINEAR, USUAL = struct.pack(">I", 100_000), struct.pack(">I", 45_455)


def chromaticities(*numbers: float) -> bytes:
    return struct.pack(">8I", *(round(100_000 * number) for number in numbers))


PRIMARIES = chromaticities(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
# What Chromium 156 shows of COLOR; tests/live/test_colors.py asks the one at hand.
CASES: dict[str, tuple[dict[str, bytes], tuple[int, int, int]]] = {
    "nothing": ({}, COLOR),
    "P3": ({"cICP": P3}, (0, 182, 60)),
    "code points before all": ({"cICP": P3, "iCCP": ICC, "sRGB": b"\0", "gAMA": LINEAR}, (0, 182, 60)),
    "sRGB by code points": ({"cICP": SRGB, "iCCP": ICC}, COLOR),
    "limited range": ({"cICP": bytes((12, 13, 0, 0))}, COLOR),
    "YCbCr": ({"cICP": bytes((12, 13, 1, 1))}, COLOR),
    "profile": ({"iCCP": ICC}, (0, 184, 58)),
    "profile before sRGB": ({"sRGB": b"\0", "iCCP": ICC}, (0, 184, 58)),
    "broken profile": ({"iCCP": b"x\0\0garbage", "gAMA": LINEAR}, (124, 218, 149)),
    "no profile": ({"iCCP": b"x\0\0" + zlib.compress(b"x" * 200), "gAMA": LINEAR}, (124, 218, 149)),
    "sRGB before gamma": ({"sRGB": b"\0", "gAMA": LINEAR, "cHRM": PRIMARIES}, COLOR),
    "gamma": ({"gAMA": LINEAR}, (124, 218, 149)),
    "usual gamma": ({"gAMA": USUAL}, COLOR),
    "gamma and primaries": ({"gAMA": USUAL, "cHRM": PRIMARIES}, (0, 184, 58)),
    "primaries alone": ({"cHRM": PRIMARIES}, COLOR),
    "no primaries": ({"gAMA": LINEAR, "cHRM": bytes(32)}, COLOR),
    "no gamma": ({"gAMA": bytes(4)}, COLOR),
    "least gamma": ({"gAMA": b"\0\0\0\1"}, (0, 0, 0)),
}


def with_chunks(chunks: dict[str, bytes], **settings: Any) -> bytes:
    return drawing.png((2, 2), 8, 2, [bytes(COLOR) * 2] * 2, **chunks)


@pytest.mark.parametrize("name", CASES)
def test_colors_are_shown_as_in_chromium(name: str) -> None:
    chunks, expected = CASES[name]
    shown = pixel(with_chunks(chunks), (0, 0))
    assert shown[:3] == pytest.approx(expected, abs=1)


def test_a_chunk_with_a_wrong_checksum_says_nothing() -> None:
    data = with_chunks({"cICP": P3})
    at = data.index(b"cICP")
    assert pixel(data[: at + 8] + bytes(4) + data[at + 12 :], (0, 0))[:3] == COLOR


def test_gray_and_palettes_have_colors_too() -> None:
    gray = drawing.png((1, 1), 8, 0, [bytes((179,))], gAMA=LINEAR)
    assert pixel(gray, (0, 0)) == (218, 218, 218, 255)
    palette = drawing.png((1, 1), 8, 3, [bytes(1)], PLTE=bytes(COLOR), cICP=P3)
    assert pixel(palette, (0, 0))[:3] == pytest.approx((0, 182, 60), abs=1)


def test_info_names_them() -> None:
    names = {name: imaging.describe(with_chunks(chunks), LIMITS).icc for name, (chunks, _) in CASES.items()}
    assert names["P3"] == "Display P3"
    assert names["gamma"] == "Gamma 1"
    assert names["nothing"] is names["sRGB by code points"] is names["usual gamma"] is None


def test_a_profile_that_unpacks_to_megabytes_is_none() -> None:
    bomb = b"x\0\0" + zlib.compress(profiles.rgb() + bytes(100_000_000))
    found = imaging.probe(with_chunks({"iCCP": bomb}), LIMITS)
    assert len(found.profile) <= 4 << 20
