"""Headers that the decoder reads."""

from __future__ import annotations

import pytest
from PIL import Image

from app.errors import UndecodableImage
from app.imaging.headers import other
from tests.support import drawing


def test_samples_of_32_bits_are_refused() -> None:
    data = drawing.encoded(Image.new("F", (8, 8)), "TIFF")
    with pytest.raises(UndecodableImage, match="32 bits"):
        other.scan(data)
