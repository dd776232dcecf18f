"""The 256 colors of a GIF are those that leave the least error."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Dither, Quantize

from app.imaging.codecs import palette
from tests.support import drawing


@pytest.mark.parametrize("frames", [1, 30])
@pytest.mark.parametrize("image", [drawing.photo(200, 150), drawing.noise(200, 150)])
def test_colors_are_moved_to_where_the_pixels_are(image: Image.Image, frames: int) -> None:
    def error(reduced: Image.Image) -> float:
        return float(np.abs(drawing.array(reduced.convert("RGB")) - drawing.array(image)).mean())

    plain = image.quantize(palette=image.quantize(256, Quantize.MEDIANCUT), dither=Dither.FLOYDSTEINBERG)
    assert error(palette.reduced(image, frames=frames)) < 0.92 * error(plain)
