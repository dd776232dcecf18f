"""Cuts, resizes and orients a frame, as geometry has planned."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling, Transpose

from app.imaging.orientation import Orientation
from app.imaging.resize_plan import ResizePlan
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
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
# Averaging whole pixels first, down to this many times the final size, is cheaper than one wide filter.
REDUCING_GAP = 1.4
# From this ratio on the bicubic filter is good enough; sooner for the luma of a JPEG, which takes most of its time.
BICUBIC_FROM, BICUBIC_FROM_LUMA = 2.0, 1.6


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the frame resized, then oriented: there are fewer pixels to move by then."""
    return oriented(resized(image, plan.resize), plan.resize.orientation)


def resized(image: Image.Image, plan: ResizePlan) -> Image.Image:
    """Return the part and the size that ``plan`` asks for, still lying as stored."""
    x0, y0, x1, y1 = (edge / plan.shrink for edge in plan.box)
    if (x1 - x0, y1 - y0) == plan.scaled and x0.is_integer() and y0.is_integer():
        return image if plan.scaled == image.size else image.crop((int(x0), int(y0), int(x1), int(y1)))
    box = x0, y0, min(x1, image.width), min(y1, image.height)
    if image.mode == "YCbCr":
        return _resized_apart(image, plan, _filter(x1 - x0, y1 - y0, plan, BICUBIC_FROM_LUMA), box)
    best = _filter(x1 - x0, y1 - y0, plan, BICUBIC_FROM)
    # Transparent pixels have colors too; weighting by alpha keeps them from bleeding into the edges.
    between = _PREMULTIPLIED.get(image.mode, image.mode)
    mode, image = image.mode, image if between == image.mode else image.convert(between)
    small = image.resize(plan.scaled, best, box, REDUCING_GAP)
    return small if between == mode else small.convert(mode)


def _resized_apart(
    image: Image.Image, plan: ResizePlan, best: Resampling, box: tuple[float, float, float, float]
) -> Image.Image:
    """Return the YCbCr image with its luma under the ``best`` filter and its chroma averaged.

    A JPEG keeps one sample of chroma for two pixels each way, so no more are made where two fit exactly. That saves a
    third of the time, and the colors stay within a few hundredths of those of the full filter.
    """
    luma = image.getchannel(0).resize(plan.scaled, best, box, REDUCING_GAP)
    wide, high = (side if side % 2 else side // 2 for side in plan.scaled)
    chroma = (image.getchannel(band).resize((wide, high), Resampling.BOX, box) for band in (1, 2))
    return Image.merge("YCbCr", (luma, *(plane.resize(plan.scaled, Resampling.NEAREST) for plane in chroma)))


def _filter(width: float, height: float, plan: ResizePlan, bicubic_from: float) -> Resampling:
    """Return the filter for what is left to do after averaging.

    Lanczos is the sharpest for reducing, but rings when enlarging. Where each pixel is made of many, bicubic was
    measured to differ by less than 0.002 of SSIM in two thirds of the time.
    """
    ratio = min(width / plan.scaled[0], height / plan.scaled[1])
    left = ratio / max(1, int(ratio / REDUCING_GAP))
    return Resampling.LANCZOS if 1 <= left < bicubic_from else Resampling.BICUBIC


def oriented(image: Image.Image, orientation: Orientation) -> Image.Image:
    """Return the image mirrored and turned as ``orientation`` says."""
    return image.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else image
