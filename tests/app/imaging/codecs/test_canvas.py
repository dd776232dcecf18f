"""Layers are composed as browsers do it: over or instead of what is there, then kept, cleared or taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PIL import Image

from app import imaging
from app.imaging.codecs.canvas import CanvasLayer, composed
from app.imaging.codecs.frames import Frame
from tests.support import drawing, gif_blocks
from tests.support.work import LIMITS, rendered

HEADER = replace(
    imaging.probe(drawing.animation("PNG", drawing.moving((16, 16), frames=3), duration=50), LIMITS), alpha=True
)
CLEAR = (0, 0, 0, 0)
RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
FULL, MIDDLE, CORNER = (0, 0, 16, 16), (4, 4, 12, 12), (0, 0, 2, 2)


def layer(
    color: tuple[int, ...], box: tuple[int, int, int, int], *, clear: bool = False, restore: bool = False
) -> CanvasLayer:
    image = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), color)
    return CanvasLayer(image=image, box=box, duration=50.0, clear=clear, restore=restore, over=True)


def pixels(frames: Iterator[Frame], at: tuple[int, int]) -> list[tuple[int, ...]]:
    return [drawing.channels(frame.image.convert("RGBA"), at) for frame in frames]


def test_what_no_layer_covers_is_clear() -> None:
    layers = [layer(RED, MIDDLE), layer(GREEN, CORNER)]
    assert pixels(composed(layers, HEADER), (14, 14)) == [CLEAR, CLEAR]


@pytest.mark.parametrize(("settings", "left"), [({}, BLUE), ({"clear": True}, CLEAR), ({"restore": True}, RED)])
def test_a_layer_is_disposed_of(settings: dict[str, bool], left: tuple[int, ...]) -> None:
    layers = [layer(RED, FULL), layer(BLUE, MIDDLE, **settings), layer(GREEN, CORNER)]
    assert pixels(composed(layers, HEADER), (5, 5)) == [RED, BLUE, left]
    assert pixels(composed(layers, HEADER), (14, 14)) == [RED, RED, RED]


def test_a_first_layer_that_is_taken_back_leaves_nothing() -> None:
    layers = [layer(RED, FULL, restore=True), layer(GREEN, CORNER)]
    assert pixels(composed(layers, HEADER), (5, 5)) == [RED, CLEAR]


def test_an_opaque_canvas_shows_through_clear_pixels_of_a_layer() -> None:
    patch = Image.new("RGBA", (8, 8), CLEAR)
    patch.paste(BLUE, (0, 0, 4, 8))
    layers = [layer(RED, FULL), CanvasLayer(image=patch, box=MIDDLE, duration=50.0, over=True)]
    frames = list(composed(layers, replace(HEADER, alpha=False)))
    assert drawing.channels(frames[1].image.convert("RGB"), (5, 5)) == BLUE[:3]
    assert drawing.channels(frames[1].image.convert("RGB"), (10, 5)) == RED[:3]
    assert frames[1].image.mode == "RGB"


@pytest.mark.parametrize("format", ["avif", "webp", "png", "gif"])
def test_what_is_cleared_behind_an_opaque_first_frame_is_clear_in_every_format(format: str) -> None:
    """The encoder of AVIF takes from the first frame whether there is alpha; it showed black."""
    opaque = gif_blocks.image((0, 0, 16, 16), 0, 2)
    data = gif_blocks.file(opaque, gif_blocks.image((8, 0, 8, 16), 1))
    made = drawing.opened(rendered(data, format=format).body)
    made.seek(1)
    second = made.convert("RGBA")
    assert second.getchannel("A").getpixel((2, 8)) == 0
    assert second.getchannel("A").getpixel((12, 8)) == 255
