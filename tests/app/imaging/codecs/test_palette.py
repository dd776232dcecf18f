"""The 256 colors of a GIF are those that leave the least error, and only what needs it is dithered."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PIL.Image import Dither, Quantize

from app.imaging.codecs import palette
from tests.support import drawing


@pytest.mark.parametrize("image", [drawing.photo(200, 150), drawing.noise(200, 150)])
def test_colors_are_moved_to_where_the_pixels_are(image: Image.Image) -> None:
    def error(reduced: Image.Image) -> float:
        return float(np.abs(drawing.array(reduced.convert("RGB")) - drawing.array(image)).mean())

    plain = image.quantize(palette=image.quantize(256, Quantize.MEDIANCUT), dither=Dither.FLOYDSTEINBERG)
    assert error(palette.reduced(image)) < 0.92 * error(plain)


def edged() -> Image.Image:
    """Return shapes with smooth edges over a plain ground: more than 256 colors, but few pixels have the rare ones."""
    image = Image.new("RGB", (400, 300), "ivory")
    pen = ImageDraw.Draw(image)
    for step in range(5):
        corner = (70 * step, 40 * step)
        pen.ellipse((*corner, corner[0] + 70, corner[1] + 70), fill=(50 * step, 255 - 50 * step, 90), outline="black")
    return image.resize((300, 225), Image.Resampling.LANCZOS)


def test_a_drawing_is_not_dithered() -> None:
    image = edged()
    assert image.getcolors(256) is None
    reduced = palette.reduced(image).convert("RGB")
    plain = drawing.array(image) == (255, 255, 240)
    assert (drawing.array(reduced)[plain.all(axis=2)] == (255, 255, 240)).all()


def test_a_photograph_is_dithered() -> None:
    """Without that, a smooth ramp would show steps: whole runs of pixels have one color."""
    ramp = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn) for turn in range(3)])
    colors = drawing.array(palette.reduced(ramp))
    assert (colors[:, 1:] != colors[:, :-1]).mean() > 0.3
