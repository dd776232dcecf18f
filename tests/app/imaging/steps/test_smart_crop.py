"""The part that a smart crop finds: the most varied, or the most striking; what sharp finds is in tests/bench."""

from __future__ import annotations

import pytest
from PIL import Image

from app.imaging.steps import smart_crop
from tests.support import drawing
from tests.support.work import picture, rendered


def half_noise(left: int) -> Image.Image:
    """Return a gray picture with noise in one half."""
    image = Image.new("RGB", (120, 60), (128, 128, 128))
    image.paste(drawing.noise(60, 60), (left, 0))
    return image


@pytest.mark.parametrize(("left", "share"), [(0, 0), (60, 1)])
def test_entropy_keeps_the_varied_half(left: int, share: int) -> None:
    assert smart_crop.find(half_noise(left), (0.5, 1.0), "entropy")[0] == share


@pytest.mark.parametrize(("at", "share"), [((10, 10), 0.0), ((90, 10), 1.0)])
def test_attention_keeps_the_colored_spot(at: tuple[int, int], share: float) -> None:
    image = Image.new("RGB", (120, 60), (128, 128, 128))
    image.paste((230, 40, 60), (*at, at[0] + 20, at[1] + 20))
    assert smart_crop.find(image, (0.3, 1.0), "attention")[0] == pytest.approx(share, abs=0.2)


@pytest.mark.parametrize("color", [(20, 40, 250), (0, 230, 40)])
def test_attention_goes_to_strong_colors_that_are_no_skin(color: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (120, 60), (128, 128, 128))
    image.paste(color, (70, 0, 120, 60))
    assert smart_crop.find(image, (0.3, 1.0), "attention")[0] > 0.7


def test_attention_goes_to_edges() -> None:
    image = Image.new("RGB", (120, 60), (128, 128, 128))
    for row in range(0, 60, 8):
        image.paste((90, 90, 90), (80, row, 120, row + 4))
    assert smart_crop.find(image, (0.3, 1.0), "attention")[0] > 0.7


@pytest.mark.parametrize("gravity", ["entropy", "attention"])
def test_hidden_colors_are_not_searched(gravity: str) -> None:
    image = half_noise(0).convert("RGBA")
    image.paste((230, 40, 60, 255), (90, 20, 110, 40))
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, 60, 60))
    image.putalpha(alpha)
    assert smart_crop.find(image, (0.4, 1.0), gravity)[0] > 0.5


def test_a_smart_crop_keeps_the_part_that_was_found() -> None:
    data = drawing.encoded(half_noise(60), "PNG")
    kept = picture(data, width=60, height=60, fit="cover", gravity="entropy")
    assert kept.tobytes() == half_noise(60).crop((60, 0, 120, 60)).tobytes()


def test_a_very_long_picture_is_searched_too() -> None:
    line = drawing.encoded(Image.new("L", (1_200_000, 4)), "PNG")
    assert rendered(line, width=4, height=4, fit="cover", gravity="entropy").width == 4
