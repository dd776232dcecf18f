"""What an AVIF says of its colors, its duration and its EXIF."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import avif
from tests.support import drawing, profiles
from tests.support.heic import box
from tests.support.work import LIMITS, pixel, rendered

MOVING = drawing.animation("AVIF", drawing.moving(), duration=[100, 250, 40, 610])
EXACT = {"quality": 100, "subsampling": "4:4:4"}
FLAT = drawing.encoded(Image.new("RGB", (16, 16), (51, 179, 77)), "AVIF", **EXACT)
# What Chromium 156 shows of the decoded (50, 180, 76); tests/live/test_colors.py asks the one at hand.
BY_CODE_POINTS = {
    (1, 1): (50, 180, 76),
    (1, 8): (122, 219, 148),
    (1, 13): (50, 180, 76),
    (2, 2): (50, 180, 76),
    (9, 14): (0, 190, 52),
    (12, 13): (0, 183, 58),
    (12, 1): (0, 183, 58),
    (6, 6): (65, 178, 75),
}


def with_code_points(data: bytes, primaries: int, transfer: int, which: int = 0) -> bytes:
    """Return the file with other code points in one of its color boxes."""
    at = -1
    for _ in range(which + 1):
        at = data.index(b"colrnclx", at + 1)
    return data[: at + 8] + struct.pack(">HH", primaries, transfer) + data[at + 12 :]


@pytest.mark.parametrize("points", BY_CODE_POINTS)
def test_code_points_are_shown_as_in_chromium(points: tuple[int, int]) -> None:
    assert pixel(with_code_points(FLAT, *points), (5, 5), format="png")[:3] == pytest.approx(
        BY_CODE_POINTS[points], abs=1
    )


def test_an_embedded_profile_comes_first() -> None:
    data = drawing.encoded(Image.new("RGB", (16, 16)), "AVIF", icc_profile=profiles.rgb())
    assert avif.scan(data).profile == profiles.rgb()


def test_a_sequence_has_the_colors_of_its_track() -> None:
    assert imaging.describe(with_code_points(MOVING, 12, 13, which=0), LIMITS).icc is None
    assert imaging.describe(with_code_points(MOVING, 12, 13, which=1), LIMITS).icc == "Display P3"


def test_a_file_without_code_points_is_srgb() -> None:
    for data in (FLAT, MOVING):
        assert avif.scan(data.replace(b"colrnclx", b"freenclx")).profile == b""


def test_orientation_and_alpha_are_stated() -> None:
    header = avif.scan(drawing.encoded(drawing.noise(96, 64, "RGBA"), "AVIF", exif=drawing.exif(6)))
    assert (header.width, header.height, header.alpha) == (64, 96, True)


def test_a_sequence_has_frames_and_a_duration() -> None:
    header = avif.scan(MOVING)
    assert (header.frames, header.duration) == (4, 1000.0)


@pytest.mark.parametrize("metadata", ["all", "copyright"])
def test_a_sequence_keeps_its_exif_and_is_taken_again(metadata: str) -> None:
    """Its encoder writes it beside the track, in metadata that has no picture."""
    frames = drawing.moving()
    source = drawing.animation("WEBP", frames, duration=50, exif=drawing.author("A. Nother"))
    made = rendered(source, format="avif", metadata=metadata).body
    assert made.count(b"meta") == 2, "one of the file, one of a track"
    assert rendered(made, format="avif", metadata=metadata).frames == len(frames)
    assert drawing.opened(rendered(made, format="jpeg", metadata=metadata).body).getexif()[0x013B] == "A. Nother"


def test_a_duration_that_is_not_known_is_none() -> None:
    begin = MOVING.index(b"mdhd") + 4 + 4 + 8 + 8 + 4
    assert MOVING[begin - 24] == 1, "this version has long numbers"
    assert avif.scan(MOVING[:begin] + b"\xff" * 8 + MOVING[begin + 8 :]).duration == 0.0


@pytest.mark.parametrize("name", [b"moov", b"mdhd"])
def test_a_sequence_without_its_boxes_is_refused(name: bytes) -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(MOVING.replace(name, b"free"), LIMITS)


def test_more_tracks_than_a_sequence_has_are_refused() -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(MOVING[:44] + box(b"moov", *[box(b"trak")] * 9) + MOVING[44:], LIMITS)


def with_bitstream_code_points(data: bytes, primaries: int, transfer: int) -> bytes:
    """Return a still picture without a color box, whose sequence header has other code points."""
    begin = data.index(b"mdat") + 4
    bits = f"{int.from_bytes(data[begin : begin + 24], 'big'):0192b}"
    pattern = f"1{1:08b}{13:08b}{6:08b}"
    assert bits.count(pattern) == 1
    patched = bits.replace(pattern, f"1{primaries:08b}{transfer:08b}{6:08b}")
    changed = data[:begin] + int(patched, 2).to_bytes(24, "big") + data[begin + 24 :]
    return changed.replace(b"colrnclx", b"freenclx")


@pytest.mark.parametrize("points", BY_CODE_POINTS)
def test_without_a_color_box_the_bitstream_tells_the_colors(points: tuple[int, int]) -> None:
    data = with_bitstream_code_points(FLAT, *points)
    assert pixel(data, (5, 5), format="png")[:3] == pytest.approx(BY_CODE_POINTS[points], abs=1)


@pytest.mark.parametrize(
    ("mode", "subsampling", "samples"),
    [
        ("RGB", "4:2:0", 1.5),
        ("RGB", "4:2:2", 2.0),
        ("RGB", "4:4:4", 3.0),
        ("RGB", "4:0:0", 1.0),
        ("RGBA", "4:4:4", 4.0),
    ],
)
@pytest.mark.parametrize("moving", [False, True])
def test_the_samples_per_pixel_are_known(mode: str, subsampling: str, samples: float, moving: bool) -> None:
    frames = [drawing.noise(64, 64, mode, seed=seed) for seed in (1, 2)]
    more = {"save_all": True, "append_images": frames[1:]} if moving else {}
    header = avif.scan(drawing.encoded(frames[0], "AVIF", subsampling=subsampling, speed=10, **more))
    assert (header.depth, header.samples_per_pixel, header.frames) == (8, samples, 1 + moving)
