"""What each frame of an animation paints over the one before, in pixels that are clear or opaque, as those of a GIF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from PIL import Image, ImageChops

Box = tuple[int, int, int, int]
# A pixel that differs by no more, in any channel, is left as it is. Nobody sees that, and other encoders' palettes
# and rounding cause it all over plain areas.
TOLERANCE = 1
# Alpha from here on is opaque.
OPAQUE = 128


class Change(msgspec.Struct, frozen=True):
    """One frame: the box of the canvas that it paints, its RGB pixels there, and which of them, None for all.

    ``clears`` says that the box is cleared before the next frame, ``needs_mask`` that the pixels that are not painted
    look different from ``image``.
    """

    box: Box
    image: Image.Image
    painted: Image.Image | None
    clears: bool = False
    needs_mask: bool = False

    def cleared(self, box: Box, frame: Image.Image) -> Change:
        """Return the same change with a box extended to ``box`` and cleared afterwards; ``frame`` is all of it."""
        left, top = min(self.box[0], box[0]), min(self.box[1], box[1])
        right, bottom = max(self.box[2], box[2]), max(self.box[3], box[3])
        painted = Image.new("L", (right - left, bottom - top))
        x, y = self.box[0] - left, self.box[1] - top
        painted.paste(255, (x, y, x + self.image.width, y + self.image.height), self.painted)
        both = left, top, right, bottom
        return Change(both, frame.crop(both), painted, clears=True, needs_mask=True)


def changes(images: Iterable[Image.Image]) -> Iterator[Change]:
    """Yield the change of each frame: of the first all of it, of one that changes nothing one pixel, unpainted."""
    layers = map(_layers, images)
    before, opaque = next(layers)
    shown, solid, last = before.copy(), opaque.copy(), _change((0, 0, *before.size), before, opaque, opaque)
    for frame, opaque in layers:
        gone = ImageChops.subtract(solid, opaque).getbbox()
        if gone:
            last = last.cleared(gone, before)
            solid.paste(0, last.box)
        yield last
        painted = ImageChops.darker(opaque, ImageChops.lighter(_differs(frame, shown), ImageChops.invert(solid)))
        shown.paste(frame, mask=painted)
        solid.paste(255, mask=painted)
        last = _change(painted.getbbox() or (0, 0, 1, 1), frame, painted, opaque)
        before = frame
    yield last


def _layers(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return the colors of a frame, and a mask of its opaque pixels."""
    if image.mode in ("LA", "RGBA"):
        return image.convert("RGB"), image.getchannel("A").point([255 * (value >= OPAQUE) for value in range(256)])
    return image.convert("RGB"), Image.new("L", image.size, 255)


def _differs(frame: Image.Image, shown: Image.Image) -> Image.Image:
    """Return a mask of the pixels that differ in any channel."""
    red, green, blue = ImageChops.difference(frame, shown).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point([255 * (value > TOLERANCE) for value in range(256)])


def _change(box: Box, frame: Image.Image, painted: Image.Image, opaque: Image.Image) -> Change:
    mask = None if (cut := painted.crop(box)).getextrema() == (255, 255) else cut
    return Change(box, frame.crop(box), mask, needs_mask=opaque.crop(box).getextrema() != (255, 255))
