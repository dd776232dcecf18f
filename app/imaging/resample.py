"""Resamples images with SIMD where there is a library for it and it knows the mode, else with Pillow."""

from __future__ import annotations

from typing import Final

from PIL import Image
from PIL.Image import Resampling

from app.imaging.bands import Box, moved, outwards
from app.imaging.native_resampler import MODES, native_resampler
from app.imaging.orientation import Size

# Pillow's filters have no SIMD: averaging whole pixels first, down to this many times the final size, costs less.
_REDUCING_GAP: Final = 2.0


def resample(
    image: Image.Image, box: Box, size: Size, filter: Resampling | None = None, *, within: Box | None = None
) -> Image.Image:
    """Return ``box`` (left, top, right, bottom) of ``image`` in ``size``; whatever resamples an image calls this.

    What lies outside of ``within``, widened to whole pixels, is not looked at: else pixels beside the box are mixed
    into its edges. Without ``filter`` it is Lanczos where both sides are reduced, else bicubic: Lanczos rings where it
    enlarges. Colors are weighted by alpha. Raises ValueError for a box that is empty or leaves the image.
    """
    if filter is None:
        reduced = size[0] <= box[2] - box[0] and size[1] <= box[3] - box[1]
        filter = Resampling.LANCZOS if reduced else Resampling.BICUBIC
    native = native_resampler()
    region = outwards(within) if within else (0, 0, *image.size)
    if native and image.mode in MODES:
        return native.resample(image, box, size, filter, within=region)
    if region != (0, 0, *image.size):
        image, box = image.crop(region), moved(box, region[:2])
    return image.resize(size, filter, box, _REDUCING_GAP)
