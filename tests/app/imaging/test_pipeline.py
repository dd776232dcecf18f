"""From prepare to render: what comes out is what was promised, in time and with its stages timed."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import DeadlineExceeded, InvalidParameter, OutputTooLarge
from tests.support import drawing
from tests.support.work import LIMITS, WATERMARK_ID, options, prepared, rendered

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
PNG = drawing.encoded(drawing.noise(120, 80, "RGBA"), "PNG")
GRAY = drawing.encoded(drawing.photo(120, 80).convert("L"), "PNG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)
MARK = drawing.encoded(Image.new("RGB", (20, 10), (250, 0, 0)), "PNG")


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
def test_every_size_is_as_promised(source: bytes, **query: Any) -> None:
    present = {name: value for name, value in query.items() if value is not None}
    rendered(source, **present)  # compares with the promise


OPTIONS = {
    "brightness": st.floats(0, 4),
    "contrast": st.floats(0, 4),
    "grayscale": st.booleans(),
    "tint": st.sampled_from(["red", "704214"]),
    "pixelate": st.integers(2, 256),
    "blur": st.floats(0.3, 250),
    "sharpen": st.floats(0.1, 10),
    "radius": st.just("max") | st.integers(1, 8192),
    "pad": st.sampled_from(["3", "1,0,2,9"]),
    "rotate": st.floats(-360, 360) | st.sampled_from([90, 180]),
    "flip": st.booleans(),
    "flop": st.booleans(),
    "trim": st.floats(0, 100),
    "width": st.integers(1, 150),
    "height": st.integers(1, 150),
    "fit": st.sampled_from(["inside", "cover", "contain", "fill", "outside"]),
    "upscale": st.booleans(),
    "gravity": st.sampled_from(["north", "entropy", "attention"]),
    "background": st.sampled_from(["red", "transparent", "00ff0080"]),
    "format": st.sampled_from(["auto", "jpeg", "png", "webp", "gif", "tiff"]),
    "lossless": st.booleans(),
    "max_bytes": st.integers(100, 9000),
    "page": st.integers(0, 4),
    "frames": st.integers(1, 5),
    "metadata": st.sampled_from(["none", "copyright", "all"]),
    "icc": st.sampled_from(["srgb", "keep"]),
    "watermark": st.just(WATERMARK_ID),
    "crop": st.sampled_from(["0,0,9,9", "3,4,20,11"]),
}


def test_no_set_of_options_crashes() -> None:
    made = []

    @given(
        source=st.sampled_from([JPEG, PNG, GRAY, GIF]),
        query=st.fixed_dictionaries({}, optional=OPTIONS).filter(lambda query: len(query) < 9),
    )
    @settings(max_examples=250, deadline=None)
    def check(source: bytes, query: dict[str, Any]) -> None:
        with suppress(InvalidParameter, OutputTooLarge):  # refused, with a reason
            made.append(rendered(source, mark=MARK if "watermark" in query else b"", **query))

    check()
    assert len(made) >= 100


class Ticking:
    """A clock that moves on by one second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def stopped_at(data: bytes, **query: Any) -> list[str]:
    """Return the stages before which a render gives up, with a deadline one look later each time."""
    work, stages = prepared(data, **query), []
    for looks in range(100):
        try:
            imaging.render(work, data, Deadline(looks + 0.5, Ticking()), Stopwatch())
        except DeadlineExceeded as exc:
            stages += re.findall(r"'(\w+)'", exc.detail)
        else:
            return stages
    raise AssertionError("never in time")


def test_the_deadline_is_looked_at_between_any_two_steps() -> None:
    assert stopped_at(JPEG, width=10) == ["decode", "resize", "resize", "srgb", "flatten", "decode", "encode"]
    steps = stopped_at(JPEG, width=10, trim=5, rotate=20, tint="red", pixelate=3, blur=2, sharpen=1, radius=2, pad=1)
    assert steps[2:-2] == [
        *("trim", "resize", "srgb", "rotate", "color_adjust", "pixelate", "blur", "sharpen", "radius", "pad"),
        "flatten",
    ]


def test_the_deadline_is_looked_at_between_frames() -> None:
    frame = ["decode", "resize", "srgb", "flatten"]
    assert stopped_at(GIF, width=10) == ["decode", "resize", *frame[1:], *3 * frame, "decode", "encode"]
    with pytest.raises(DeadlineExceeded):
        imaging.verify(GIF, LIMITS, Deadline(2.5, Ticking()))


def test_stages_are_timed() -> None:
    stopwatch = Stopwatch()
    imaging.render(imaging.prepare(JPEG, options(width=10), LIMITS), JPEG, Deadline.after(60), stopwatch)
    assert list(stopwatch.seconds()) == ["decode", "resize", "encode", "total"]
