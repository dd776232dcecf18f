"""Animated GIFs hold what changes, in few bytes, and look to libvips as the frames they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from app.imaging.codecs import gif_animation
from app.imaging.headers import gif
from tests.support import drawing, gif_blocks, second_reader
from tests.support.work import LIMITS, options, rendered

KEEP = 1


def recording(count: int = 20) -> list[Image.Image]:
    """Return a screen with a shaded bar and text, over which a pointer moves."""
    ground = Image.new("RGB", (320, 240), (40, 44, 52))
    ground.paste(Image.linear_gradient("L").resize((320, 40)).convert("RGB"), (0, 0))
    pen = ImageDraw.Draw(ground)
    for row in range(10):
        pen.text((20, 50 + 18 * row), "def frame(self, image, palette):"[row:], (200, 80 + 15 * row, 120))
    frames = []
    for step in range(count):
        frame = ground.copy()
        x, y = 10 + 14 * step, 60 + 6 * step
        ImageDraw.Draw(frame).polygon([(x, y), (x, y + 20), (x + 14, y + 14)], fill="white", outline="black")
        frames.append(frame)
    return frames


def encode(frames: list[Image.Image]) -> bytes:
    return gif_animation.encode(frames, [50] * len(frames), 0)


def test_a_recording_takes_hardly_more_than_its_first_frame() -> None:
    frames = recording()
    assert len(encode(frames)) < 1.5 * len(encode(frames[:1] * 2))
    stored = list(gif.images(encode(frames)))
    assert {image.disposal for image in stored} == {KEEP}
    assert len({(image.table.start, image.table.stop) for image in stored}) == 1, "one palette"
    assert all(image.box[2] - image.box[0] < 40 for image in stored[1:])


def test_the_frames_are_what_was_drawn_and_no_noise() -> None:
    frames = recording()
    for got, want in zip(second_reader.frames(encode(frames)), frames, strict=True):
        assert np.abs(got[..., :3].astype(int) - drawing.array(want)).max() <= 16
        assert np.abs(got[..., :3].astype(int) - drawing.array(want)).mean() < 1


def test_clear_pixels_come_and_go() -> None:
    frames = []
    for index in range(6):
        image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse((4 * index, 4, 4 * index + 12, 16), fill=(200, 40 * index, 0, 255))
        if index in (2, 3):
            image.paste((0, 0, 200, 255), (30, 20, 38, 28))
        frames.append(image)
    for got, want in zip(second_reader.frames(encode(frames)), frames, strict=True):
        assert (got[..., 3] == drawing.array(want)[..., 3]).all()
        solid = got[..., 3] == 255
        assert (got[solid][:, :3] == drawing.array(want)[solid][:, :3]).all()


@pytest.mark.parametrize("width", [None, 20])
def test_what_another_program_wrote_comes_out_again(width: int | None) -> None:
    """An animation of few colors, optimized by libvips, is not changed by being read and written."""
    data = second_reader.gif(drawing.moving((60, 40), frames=8), delay=70)
    made = rendered(data, width=width) if width else rendered(data)
    assert [frame.shape[1] for frame in second_reader.frames(made.body)] == [width or 60] * 8
    assert second_reader.durations(made.body) == [70] * 8
    if width is None:
        for got, want in zip(second_reader.frames(made.body), second_reader.frames(data), strict=True):
            assert (got[..., :3] == want[..., :3]).all()


def test_equal_frames_of_a_long_time_are_kept() -> None:
    """Together they would show longer than one frame of a GIF can."""
    still = gif_blocks.image((0, 0, 16, 16), 1, delay=60_000)
    made = rendered(gif_blocks.file(still, still, gif_blocks.image((0, 0, 2, 2), 2, delay=7)))
    assert second_reader.durations(made.body) == [600_000, 600_000, 70]


def test_no_delay_is_made_so_short_that_browsers_slow_it_down() -> None:
    frames = drawing.moving((640, 30), frames=100)
    data = drawing.animation("WEBP", frames, duration=16, loop=0, lossless=True)
    work = imaging.prepare(data, options(format="gif"), LIMITS)
    result = imaging.render(work, data, Deadline.after(60), Stopwatch())
    delays = second_reader.durations(result.body)
    assert min(delays) >= 20
    assert abs(sum(delays) - 1600) <= 0.02 * 1600
    assert result.frames == len(delays) == 80
