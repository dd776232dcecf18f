"""Frames share a palette while it fits, keep plain colors exactly, and get the nearest of the others."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.imaging.codecs.frame_changes import changes
from app.imaging.codecs.shared_palette import SHARED, palettes
from tests.support import drawing


def colors(image: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(map(int, color)) for color in drawing.array(image).reshape(-1, 3)}


def shown(images: list[Image.Image]) -> list[Image.Image]:
    """Return what the pixels of each change become."""
    painted = list(changes(images))
    made = []
    for change, palette in zip(painted, palettes(painted), strict=True):
        image = palette.mapped(change.image)
        image.putpalette(palette.colors)
        made.append(image.convert("RGB"))
    return made


def test_few_colors_are_kept_exactly_and_shared() -> None:
    frames = drawing.moving((64, 48), frames=12)
    near = frames[3].copy()
    near.paste((91, 90, 88), (50, 30, 60, 40))  # Pillow takes it for the ground
    frames.append(near)
    painted = list(changes(frames))
    found = palettes(painted)
    assert len(set(map(id, found))) == 1
    assert len(found[0].colors) // 3 == len(set.union(*map(colors, frames)))
    for change, image in zip(painted, shown(frames), strict=True):
        assert image.tobytes() == change.image.tobytes()


def pan(count: int, *, step: int = 4) -> list[Image.Image]:
    """Return a window that moves over a picture with more colors than a palette holds."""
    picture = drawing.photo(160 + step * count, 100, noise=0)
    return [picture.crop((step * index, 0, step * index + 160, 100)) for index in range(count)]


def test_frames_of_a_photograph_get_new_palettes_from_time_to_time() -> None:
    found = palettes(list(changes(pan(40))))
    groups = [sum(each is palette for each in found) for palette in dict.fromkeys(found)]
    assert len(groups) > 1
    assert max(groups) <= SHARED
    assert sum(groups) == 40


def test_plain_colors_of_many_are_exact() -> None:
    """A drawing in which a plain ground meets the colors around it."""
    frames = []
    for image in pan(3):
        image.paste((255, 255, 240), (0, 0, 80, 100))
        image.paste((40, 44, 52), (80, 0, 120, 50))
        frames.append(image)
    first = shown(frames)[0]
    assert first.getcolors(256) is not None
    assert [drawing.channels(first, at) for at in ((10, 50), (90, 20))] == [(255, 255, 240), (40, 44, 52)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_photograph_gets_nearly_the_nearest_colors(count: int) -> None:
    frames = pan(count)
    painted = list(changes(frames))
    palette = palettes(painted)[0]
    table = np.frombuffer(palette.colors, np.uint8).reshape(-1, 3).astype(float)
    weights = np.array((0.5, 1, 0.5))
    for change, made in zip(painted, shown(frames), strict=True):
        wanted = drawing.array(change.image).reshape(-1, 1, 3).astype(float)
        nearest = (((wanted - table) * weights) ** 2).sum(axis=2).min(axis=1)
        error = (((wanted[:, 0] - drawing.array(made).reshape(-1, 3)) * weights) ** 2).sum(axis=1)
        assert error.mean() <= 1.25 * nearest.mean() + 1


def test_nothing_is_dithered() -> None:
    """A pixel's color depends on nothing but itself, so that what stands still does not flicker."""
    made = shown(pan(2, step=16))
    left, right = made[0].crop((16, 0, 160, 100)), made[1].crop((0, 0, 144, 100))
    assert (drawing.array(left) == drawing.array(right)).all(axis=2).mean() > 0.999


@pytest.mark.parametrize("light", [(255, 255, 255), (255, 255, 0), (0, 255, 255)])
@pytest.mark.parametrize("plain", [(255, 0, 0), (255, 0, 255), (0, 0, 255), (0, 0, 0), (254, 0, 0)])
def test_no_plain_color_is_taken_for_one_that_is_far_away(light: tuple[int, ...], plain: tuple[int, ...]) -> None:
    """A disc of pure red was white: colors that a part of the palette leaves out stood in it as red."""
    frames = pan(3)
    for image in frames:
        image.paste(light, (0, 0, 80, 60))
        image.paste(plain, (100, 40, 130, 70))
    for image in shown(frames)[:1]:
        assert image.getpixel((110, 50)) == plain
        assert image.getpixel((20, 20)) == light
