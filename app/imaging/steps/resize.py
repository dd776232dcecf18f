"""Cuts, resizes and orients a frame, as geometry has planned."""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.Image import Resampling, Transpose

from app.imaging.native_resampler import MODES, Box, native_resampler
from app.imaging.orientation import Orientation, Size
from app.imaging.steps.step import FramePlan

# Pillow's name for each orientation that is not upright; its rotations are counter-clockwise.
_TRANSPOSES = {
    Orientation(mirror_x=True): Transpose.FLIP_LEFT_RIGHT,
    Orientation(mirror_y=True): Transpose.FLIP_TOP_BOTTOM,
    Orientation(mirror_x=True, mirror_y=True): Transpose.ROTATE_180,
    Orientation(swap=True): Transpose.TRANSPOSE,
    Orientation(swap=True, mirror_x=True): Transpose.ROTATE_270,
    Orientation(swap=True, mirror_y=True): Transpose.ROTATE_90,
    Orientation(swap=True, mirror_x=True, mirror_y=True): Transpose.TRANSVERSE,
}
# The modes in which colors are weighted by alpha: transparent pixels have colors too, which must not be seen at edges.
PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}
# Pillow's filters have no SIMD: averaging whole pixels first, down to this many times the final size, costs less.
_REDUCING_GAP = 2.0


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the frame cut and resized, then oriented: there are fewer pixels to move by then."""
    size = plan.resize.scaled
    x0, y0, x1, y1 = (edge / plan.resize.shrink for edge in plan.resize.box)
    if (x1 - x0, y1 - y0) != size or not (x0.is_integer() and y0.is_integer()):
        image = resample(image, (x0, y0, min(x1, image.width), min(y1, image.height)), size)
    elif size != image.size:
        image = image.crop((int(x0), int(y0), int(x1), int(y1)))
    return oriented(image, plan.resize.orientation)


def resample(image: Image.Image, box: Box, size: Size, filter: Resampling | None = None) -> Image.Image:
    """Return ``box`` (left, top, right, bottom) of ``image`` in ``size``; whatever resamples an image calls this.

    Without ``filter`` it is Lanczos where both sides are reduced, else bicubic: Lanczos rings where it enlarges.
    Colors are weighted by alpha. Raises ValueError for a box that is empty or leaves the image.
    """
    if filter is None:
        reduced = size[0] <= box[2] - box[0] and size[1] <= box[3] - box[1]
        filter = Resampling.LANCZOS if reduced else Resampling.BICUBIC
    native = native_resampler()
    if native and image.mode in MODES:
        return native.resample(image, box, size, filter)
    if image.mode not in PREMULTIPLIED:
        return image.resize(size, filter, box, _REDUCING_GAP)
    return image.convert(PREMULTIPLIED[image.mode]).resize(size, filter, box, _REDUCING_GAP).convert(image.mode)


def oriented(image: Image.Image, orientation: Orientation) -> Image.Image:
    """Return the image mirrored and turned as ``orientation`` says."""
    return image.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else image
