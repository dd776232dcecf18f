"""The reader agrees with pixels that are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import drawing, png_reader


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_it_reads_what_was_drawn(mode: str) -> None:
    image = drawing.noise(23, 17, mode)
    found = png_reader.read(drawing.encoded(image, "PNG"))
    assert np.array_equal(found.reshape(-1), np.asarray(image).reshape(-1))
    smooth = drawing.photo(40, 30).convert(mode)
    assert np.array_equal(png_reader.read(drawing.encoded(smooth, "PNG")).reshape(-1), np.asarray(smooth).reshape(-1))
