"""Color maps of TIFF, judged by libvips."""

from __future__ import annotations

import numpy as np
import pytest

from app.imaging.codecs import decode
from app.imaging.headers import tiff
from tests.support import second_reader, tiff_strips

COLORS = np.random.default_rng(4).integers(0, 256, (3, 256))


@pytest.mark.parametrize("scale", [1, 257], ids=["8 bits", "16 bits"])
def test_a_color_map_of_8_bits_is_taken_for_one(scale: int) -> None:
    """Old programs wrote it, and the picture was black."""
    more = {262: [3], 320: [int(value) * scale for value in COLORS.ravel()]}
    data = tiff_strips.file((16, 16), 1, [bytes(range(256))], part=(16, 16), samples=1, more=more)
    decoded = np.asarray(next(decode.frames(data, tiff.scan(data))).image.convert("RGB"))
    assert (decoded == second_reader.samples(data)).all()
    assert (decoded.reshape(256, 3).T == COLORS).all()
