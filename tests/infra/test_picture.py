"""The trial's PNG: other readers open it, and other writers' files are read."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from infra import picture


def test_pillow_reads_what_was_drawn() -> None:
    with Image.open(io.BytesIO(picture.draw(30, 20))) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (30, 20))
        assert image.getpixel((15, 10)) == (127, 127, 128)


def test_no_picture_is_drawn_twice() -> None:
    assert picture.draw(30, 20) != picture.draw(30, 20)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_the_size_of_every_kind_of_png_is_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (37, 11)).save(out, "PNG")
    assert picture.size(out.getvalue()) == (37, 11)


def test_a_damaged_png_is_refused() -> None:
    whole = picture.draw(30, 20)
    for damaged in (b"", b"GIF89a", whole[:-12], whole[:100], whole[:60] + b"!" + whole[61:]):
        with pytest.raises(ValueError, match="PNG"):
            picture.size(damaged)
