"""What encoding is estimated to take beyond the rate of a format, and the effort that animations leave out for it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app import imaging
from app.imaging.cost.encode import encode_cost
from app.imaging.steps.costs import Planned
from app.imaging.work import Work, planned
from tests.support import drawing
from tests.support.resampling import needs_library
from tests.support.work import LIMITS, options

GIF = imaging.probe(drawing.animation("GIF", drawing.moving(), duration=50), LIMITS)
MIB = 1024 * 1024


def test_metadata_that_is_kept_is_copied_again() -> None:
    header = imaging.probe(drawing.encoded(drawing.noise(64, 64), "PNG"), LIMITS)
    long = replace(header, bytes=16_000_000, metadata=16_000_000)
    read, kept = (planned(long, options(metadata=which), LIMITS).cost for which in ("none", "all"))
    assert kept.memory_bytes > 8 * 16_000_000
    assert kept.memory_bytes >= read.memory_bytes + 4 * 16_000_000


def recording(frames: int = 125, *, alpha: bool = True, **query: Any) -> Work:
    """Return the resize of a recording of a screen, of which there is only the header."""
    header = replace(GIF, stored_width=978, stored_height=720, frames=frames, alpha=alpha, bytes=2_200_000)
    return planned(header, options(**query), LIMITS)


@pytest.mark.parametrize(("query", "mebibytes"), [({"quality": 100}, 84), ({"lossless": True}, 114)])
def test_memory_of_a_transparent_animation_is_what_noise_took(query: dict[str, Any], mebibytes: int) -> None:
    """With a third more for lossy frames a video of 1080p was refused at a width of 480: 395 MiB, of 206 taken."""
    header = replace(GIF, format="png", stored_width=640, stored_height=360, frames=24, alpha=True, bytes=22_137_341)
    cost = planned(header, options(format="webp", **query), LIMITS).cost
    assert mebibytes <= cost.memory_bytes / MIB < 1.15 * mebibytes


@needs_library
def test_a_long_video_is_accepted_in_a_usual_width() -> None:
    known = {"bytes": 16_458_710, "coded": 16_400_000, "largest": 100_000, "alpha": True}
    header = replace(GIF, format="webp", stored_width=1920, stored_height=1080, frames=250, **known)
    cost = planned(header, options(width=480), LIMITS).cost
    assert cost.cpu_s < 28
    assert cost.memory_bytes < (LIMITS.memory_mb - 100) * MIB


@pytest.mark.parametrize("format", ["webp", "avif"])
def test_effort_falls_with_the_time_that_encoding_would_take(format: str) -> None:
    steps = [recording(frames, width=480, format=format).output.haste for frames in (2, 20, 60, 125, 300)]
    assert steps == sorted(steps)
    assert {0, 1, 2} == set(steps)


@pytest.mark.parametrize(("query", "haste"), [({"lossless": True}, 1), ({"max_bytes": 500_000}, 2)])
def test_whatever_takes_longer_leaves_out_more(query: dict[str, Any], haste: int) -> None:
    plain, longer = recording(40, width=480, format="webp"), recording(40, width=480, format="webp", **query)
    assert (plain.output.haste, longer.output.haste) == (0, haste)


@pytest.mark.parametrize(("frames", "haste", "seconds"), [(50, 1, 4.4), (300, 2, 8.7)])
def test_the_time_of_a_lossless_animation_in_haste_is_what_the_dearest_content_took(
    frames: int, haste: int, seconds: float
) -> None:
    """Photographs with some effort, noise of 32 colors with the least; 4 times as much was estimated for the latter."""
    header = replace(GIF, stored_width=420, stored_height=420, frames=frames, alpha=False, bytes=100_000)
    work = planned(header, options(format="webp", lossless=True), LIMITS)
    assert work.output.haste == haste
    _, cpu = encode_cost(Planned(header, work.options, work.plan, work.size), work.output)
    assert seconds / 1.2 < cpu < 1.5 * seconds


def test_transparency_counts() -> None:
    assert recording(52, width=480, format="webp", alpha=False).output.haste == 0
    assert recording(52, width=480, format="webp").output.haste == 1


@pytest.mark.parametrize("query", [{"format": "webp"}, {"format": "webp", "lossless": True}, {"format": "avif"}])
def test_a_recording_of_a_screen_in_a_usual_width_is_accepted(query: dict[str, Any]) -> None:
    cost = recording(width=480, **query).cost
    assert cost.cpu_s < 28
    assert cost.memory_bytes < (LIMITS.memory_mb - 100) * MIB


def test_the_whole_recording_is_left_to_the_estimate_of_memory() -> None:
    assert recording(format="webp").cost.memory_bytes > LIMITS.memory_mb * MIB


def test_a_still_is_given_full_effort() -> None:
    photo = imaging.probe(drawing.encoded(drawing.photo(64, 64), "JPEG"), LIMITS)
    large = replace(photo, stored_width=4000, stored_height=4000)
    assert planned(large, options(format="webp", lossless=True), LIMITS).output.haste == 0


@pytest.mark.parametrize(
    ("size", "mebibytes"),
    [((640, 480), 98), ((900, 675), 160), ((3000, 300), 236), ((8192, 16), 210), ((16, 8192), 207), ((320, 240), 36)],
)
def test_edges_of_an_animated_avif_are_counted(size: tuple[int, int], mebibytes: int) -> None:
    """Each took so much with two frames of enlarged noise; of 8192 by 16 pixels 54 MiB were estimated."""
    header = replace(GIF, stored_width=size[0], stored_height=size[1], frames=2, alpha=False, bytes=100_000)
    work = planned(header, options(format="avif"), LIMITS)
    assert work.output.haste == 0
    assert mebibytes < work.cost.memory_bytes / MIB < 1.5 * mebibytes


def test_an_animated_avif_has_no_such_edges_at_the_higher_speed() -> None:
    header = replace(GIF, stored_width=8192, stored_height=16, frames=40, alpha=False, bytes=100_000)
    work = planned(header, options(format="avif"), LIMITS)
    assert work.output.haste > 0
    assert work.cost.memory_bytes < 120 * MIB


@pytest.mark.parametrize(
    ("alpha", "quality", "seconds"), [(False, 80, 1.9), (False, 100, 3.4), (True, 80, 3.5), (True, 100, 6.0)]
)
def test_the_first_frame_and_every_exact_one_of_an_avif_in_haste_count(
    alpha: bool, quality: int, seconds: float
) -> None:
    """Noise took so long; for alpha at quality 100 there were 3.7 seconds estimated."""
    header = replace(GIF, stored_width=1000, stored_height=1000, frames=4, alpha=alpha, bytes=100_000)
    work = planned(header, options(format="avif", quality=quality), LIMITS)
    assert work.output.haste > 0
    _, cpu = encode_cost(Planned(header, work.options, work.plan, work.size), work.output)
    assert 0.9 * seconds < cpu < 1.5 * seconds
