"""The whole way: what comes out is what was promised, in the format that was chosen, within the limits."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app import imaging
from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.errors import DeadlineExceeded, OutputTooLarge
from tests.support import drawing
from tests.support.work import LIMITS, options, picture, rendered

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
PNG = drawing.encoded(drawing.noise(120, 80, "RGBA"), "PNG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)


@given(
    source=st.sampled_from([JPEG, PNG, GIF]),
    width=st.none() | st.integers(1, 200),
    height=st.none() | st.integers(1, 200),
    fit=st.sampled_from(["inside", "cover", "contain", "fill", "outside"]),
    format=st.sampled_from(["auto", "jpeg", "png", "webp", "gif"]),
    rotate=st.sampled_from([0, 90, 180, 270]),
    upscale=st.booleans(),
    background=st.none() | st.sampled_from(["red", "808080", "transparent", "00ff0080"]),
)
@settings(max_examples=150, deadline=None)
def test_no_option_set_crashes_and_sizes_are_as_promised(source: bytes, **wanted: Any) -> None:
    asked = {name: value for name, value in wanted.items() if value is not None}
    rendered(source, **asked)  # compares with the promise


@pytest.mark.parametrize("shrink", [1.3, 2.1, 3.7, 8.3])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_fast_resize_is_close_to_a_thorough_one(format: str, shrink: float) -> None:
    image = drawing.photo(800, 600, noise=3)
    data = drawing.encoded(image, format, quality=95)
    width = round(800 / shrink)
    got = picture(data, width=width, format="png")
    want = image.resize(got.size, Image.Resampling.LANCZOS)
    assert np.abs(drawing.array(got) - drawing.array(want)).mean() < 1.6


def test_a_whole_number_crop_is_not_resampled() -> None:
    image = drawing.noise(60, 40)
    data = drawing.encoded(image, "PNG")
    assert picture(data, crop="3,5,20,10").tobytes() == image.crop((3, 5, 23, 15)).tobytes()
    centre = picture(data, width=400, height=400, fit="cover")
    assert centre.tobytes() == image.crop((10, 0, 50, 40)).tobytes()


@pytest.mark.parametrize(
    ("source", "accepts", "format"),
    [
        (JPEG, (), "jpeg"),
        (JPEG, ("webp",), "webp"),
        (JPEG, ("avif", "webp"), "avif"),
        (PNG, (), "png"),
        (GIF, (), "gif"),
        (GIF, ("avif", "webp"), "webp"),
    ],
)
def test_auto_format(source: bytes, accepts: tuple[str, ...], format: str) -> None:
    assert rendered(source, format="auto", accepts=accepts, width=30).format == format


def test_auto_avoids_what_is_too_large() -> None:
    small = Limits(max_avif_pixels=100, max_webp_pixels=100)
    assert rendered(JPEG, format="auto", accepts=("avif", "webp"), limits=small).format == "jpeg"
    middle = Limits(max_avif_pixels=100)
    assert rendered(JPEG, format="auto", accepts=("avif", "webp"), limits=middle).format == "webp"


@pytest.mark.parametrize(
    ("limits", "format"),
    [
        (Limits(max_output_pixels=9599), "png"),
        (Limits(max_webp_pixels=9599), "webp"),
        (Limits(max_avif_pixels=9599), "avif"),
    ],
)
def test_results_have_most_pixels(limits: Limits, format: str) -> None:
    with pytest.raises(OutputTooLarge, match="120×80"):
        imaging.prepare(JPEG, options(format=format), limits)
    imaging.prepare(JPEG, options(format=format, width=119), limits)


def test_pixels_of_all_frames_count() -> None:
    limits = Limits(max_output_pixels=40 * 30 * 4 - 1)
    with pytest.raises(OutputTooLarge, match="4 frames"):
        imaging.prepare(GIF, options(), limits)
    assert imaging.prepare(GIF, options(format="jpeg"), limits).output.frames == 1


def test_default_quality() -> None:
    works = {name: imaging.prepare(JPEG, options(format=name), LIMITS) for name in ("jpeg", "webp", "avif", "png")}
    assert {name: work.quality for name, work in works.items()} == {"jpeg": 80, "webp": 80, "avif": 50, "png": 0}
    assert imaging.prepare(JPEG, options(quality=33), LIMITS).quality == 33
    assert len(rendered(JPEG, quality=20).body) < len(rendered(JPEG, quality=95).body)


@pytest.mark.parametrize("progressive", [True, False])
def test_progressive(progressive: bool) -> None:
    body = rendered(JPEG, progressive=progressive).body
    assert imaging.probe(body, LIMITS).progressive is progressive


@pytest.mark.parametrize("quality", [90, 93, 94, 100])
@pytest.mark.parametrize("progressive", [True, False])
def test_the_hardest_noise_fits_the_encoder_buffer(quality: int, progressive: bool) -> None:
    samples = np.random.default_rng(1).integers(0, 2, (400, 500, 3), np.uint8) * 255
    data = drawing.encoded(Image.fromarray(samples), "PNG")
    assert rendered(data, format="jpeg", quality=quality, progressive=progressive).width == 500


class Steps:
    """A clock that moves on by one second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize(("seconds", "stage"), [(0.5, "decode"), (1.5, "resize"), (3.5, "encode")])
def test_the_deadline_is_checked_between_steps(seconds: float, stage: str) -> None:
    work = imaging.prepare(JPEG, options(width=10), LIMITS)
    with pytest.raises(DeadlineExceeded, match=stage):
        imaging.render(work, JPEG, Deadline(seconds, Steps()), Stopwatch())


def test_the_deadline_is_checked_between_frames() -> None:
    work = imaging.prepare(GIF, options(width=10), LIMITS)
    with pytest.raises(DeadlineExceeded, match="decode"):
        imaging.render(work, GIF, Deadline(4.5, Steps()), Stopwatch())
    with pytest.raises(DeadlineExceeded):
        imaging.verify(GIF, LIMITS, Deadline(2.5, Steps()))


def test_stages_are_timed() -> None:
    stopwatch = Stopwatch()
    imaging.render(imaging.prepare(JPEG, options(width=10), LIMITS), JPEG, Deadline.after(60), stopwatch)
    assert list(stopwatch.seconds()) == ["decode", "resize", "encode", "total"]


def _loaded(code: str) -> set[str]:
    """Return the Pillow modules that are loaded in a fresh interpreter after ``code``."""
    tail = "; import sys; print(*[name for name in sys.modules if name.startswith('PIL')])"
    run = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_nothing_of_pillow_is_loaded_before_it_is_needed() -> None:
    assert _loaded("from app import imaging; imaging.sniff(b'GIF89a'); imaging.media_type('png')") == set()
    probe = "from app import imaging; from app.config import Limits; imaging.probe({!r}, Limits())"
    assert _loaded(probe.format(GIF)) == set()
    assert _loaded(probe.format(drawing.encoded(drawing.photo(8, 8), "JPEG"))) == set()


def test_only_the_decoder_that_is_asked_for_is_loaded() -> None:
    small = drawing.encoded(drawing.photo(8, 8), "JPEG")
    loaded = _loaded(
        "from app import imaging; from app.config import Limits; from app.options import ResizeOptions;"
        "from app.deadline import Deadline, Stopwatch;"
        f"data = {small!r}; work = imaging.prepare(data, ResizeOptions(width=4), Limits());"
        "imaging.render(work, data, Deadline.after(9), Stopwatch())"
    )
    assert {name for name in loaded if name.endswith("ImagePlugin")} == {"PIL.JpegImagePlugin"}
    assert "PIL.ImageCms" not in loaded


def test_public_names() -> None:
    assert all(getattr(imaging, name) is not None for name in imaging.__all__)
    with pytest.raises(AttributeError):
        imaging.nothing  # noqa: B018
    versions = imaging.versions()
    assert {"pillow", "webp", "avif", "libjpeg_turbo"} <= set(versions)
