"""PNGs are compressed by the method that suits their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.imaging import plugins
from app.imaging.codecs import png_compression
from tests.support import drawing
from tests.support.work import rendered

PHOTO = drawing.photo(400, 300)


def tiles() -> Image.Image:
    """Return one noisy tile over and over: there are no runs in it, but all of it repeats."""
    tile = drawing.noise(40, 30)
    image = Image.new("RGB", (400, 300))
    for left in range(0, 400, 40):
        for top in range(0, 300, 30):
            image.paste(tile, (left, top))
    return image


@pytest.mark.parametrize(
    ("image", "how"),
    [
        (PHOTO, png_compression.RUNS),
        (PHOTO.convert("L"), png_compression.RUNS),
        (drawing.noise(400, 300, "RGBA"), png_compression.RUNS),
        (tiles(), png_compression.SEARCH),
        (PHOTO.convert("1").convert("L"), png_compression.SEARCH),
        (PHOTO.resize((200, 150)), png_compression.SEARCH),
    ],
)
def test_only_repetitive_images_use_the_full_search(image: Image.Image, how: png_compression.Settings) -> None:
    assert png_compression.settings(image) == how


@pytest.mark.parametrize("image", [PHOTO, tiles(), drawing.noise(400, 300), drawing.quadrants(400, 300)])
def test_no_file_grows_much(image: Image.Image) -> None:
    data = drawing.encoded(image, "PNG", compress_level=1)
    searched = len(plugins.save_image(image, "png", **png_compression.SEARCH))
    result = rendered(data)
    assert len(result.body) <= 1.15 * searched
    assert np.array_equal(drawing.array(drawing.opened(result.body)), drawing.array(image))
