"""Cuts, resizes and orients a frame, as geometry has planned."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Transpose

from app.imaging.orientation import Orientation
from app.imaging.resample import resample
from app.imaging.resize_plan import shrunk
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


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the frame cut and resized, then oriented: there are fewer pixels to move by then."""
    size, by = plan.resize.scaled, plan.resize.shrink
    box = x0, y0, x1, y1 = shrunk(plan.resize.box, by, image.size)
    if (x1 - x0, y1 - y0) != size or not (x0.is_integer() and y0.is_integer()):
        region = shrunk(plan.resize.region, by, image.size) if plan.resize.region else None
        image = resample(image, box, size, within=region)
    elif size != image.size:
        image = image.crop((int(x0), int(y0), int(x1), int(y1)))
    return oriented(image, plan.resize.orientation)


def oriented(image: Image.Image, orientation: Orientation) -> Image.Image:
    """Return the image mirrored and turned as ``orientation`` says."""
    return image.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else image
