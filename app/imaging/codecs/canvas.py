"""Composes the layers of an animation, which an APNG and a GIF paint on a canvas in the same ways.

Where Pillow composes frames, a half-transparent pixel over an opaque one stays half transparent, and what a GIF clears
or never paints gets a color.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from PIL import Image

from app.imaging.codecs.frames import Frame
from app.imaging.headers import Header


class CanvasLayer(msgspec.Struct, frozen=True):
    """What one frame paints: pixels and where, milliseconds, and what happens before the next frame.

    ``clear`` clears the box, ``restore`` shows again what was there before. ``over`` lets the canvas show through
    transparent pixels.
    """

    image: Image.Image
    box: tuple[int, int, int, int]
    duration: float
    clear: bool = False
    restore: bool = False
    over: bool = False


def composed(layers: Iterable[CanvasLayer], header: Header) -> Iterator[Frame]:
    """Yield each frame as it is shown, RGBA if the header states alpha, else RGB."""
    mode, size = "RGBA" if header.alpha else "RGB", header.stored_size
    canvas: Image.Image | None = None
    for number, layer in enumerate(layers, 1):
        before = canvas.copy() if canvas is not None and layer.restore else None
        if canvas is None and layer.box == (0, 0, *size):
            # an encoder may take from the first frame whether there is alpha
            canvas = _in(mode, layer.image) if header.alpha else layer.image
        else:
            canvas = Image.new(mode, size) if canvas is None else _in(mode, canvas)
            _paint(canvas, layer)
        yield Frame(canvas if number == header.frames else canvas.copy(), layer.duration)
        if before is not None:
            canvas = before
        elif layer.clear or layer.restore:
            canvas = _in(mode, canvas)
            canvas.paste((0, 0, 0, 0), layer.box)


def _paint(canvas: Image.Image, layer: CanvasLayer) -> None:
    if not layer.over or not layer.image.has_transparency_data:
        canvas.paste(_in(canvas.mode, layer.image), layer.box[:2])
    elif canvas.mode == "RGBA":
        canvas.alpha_composite(_in("RGBA", layer.image), layer.box[:2])
    else:
        canvas.paste(layer.image, layer.box[:2], _in("RGBA", layer.image))


def _in(mode: str, image: Image.Image) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
