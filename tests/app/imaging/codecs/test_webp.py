"""Frames of a WebP are those that libvips reads, also where its header does not say that they show through."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import drawing, second_reader
from tests.support.work import rendered


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_frames_and_durations_are_those_of_another_reader(mode: str) -> None:
    frames = [frame.convert(mode) for frame in drawing.moving()]
    data = drawing.animation("WEBP", frames, duration=[100, 250, 40, 610], lossless=True)
    made = rendered(data, format="png").body
    assert drawing.durations(made) == second_reader.durations(data)
    for ours, theirs in zip(drawing.frames(made), second_reader.frames(data), strict=True):
        assert np.abs(np.asarray(ours.convert("RGBA")).astype(int) - theirs).max() <= 1


def test_a_still_picture_is_that_of_another_reader() -> None:
    data = drawing.encoded(drawing.photo(61, 47), "WEBP", quality=90)
    ours = np.asarray(drawing.opened(rendered(data, format="png").body))
    assert np.abs(ours.astype(int) - second_reader.samples(data)[..., :3]).max() <= 2
