"""Rotates by an angle that is no quarter turn, and cuts and scales in the same transform."""

from __future__ import annotations

from typing import Final, cast

from PIL import Image
from PIL.Image import Resampling, Transform

from app.imaging.rotation import Rotation
from app.imaging.steps.step import FramePlan

_BORDER: Final = 2


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the rotated image, transparent around it."""
    # The step applies to the angles that geometry plans a rotation for.
    rotation = cast(Rotation, plan.resize.rotation)
    # With a transparent border its edges fade out instead of ending in steps.
    bordered = Image.new("RGBA", (image.width + 2 * _BORDER, image.height + 2 * _BORDER))
    bordered.paste(image.convert("RGBA"), (_BORDER, _BORDER))
    a, b, c, d, e, f = rotation.source
    source = a, b, c + _BORDER, d, e, f + _BORDER
    return bordered.transform(rotation.size, Transform.AFFINE, source, Resampling.BICUBIC)
