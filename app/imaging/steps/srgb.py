"""Converts the resized frame to sRGB: on the small image, because a color profile takes time per pixel."""

from __future__ import annotations

from PIL import Image

from app.imaging import color_mode
from app.imaging.steps.step import FramePlan


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image as L, LA, RGB or RGBA in sRGB, or in the profile that ``icc=keep`` keeps."""
    kept = color_mode.kept_profile(image.mode, plan.header, plan.options)
    return color_mode.to_srgb(image, plan.header, keep=bool(kept))
