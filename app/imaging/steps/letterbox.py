"""Places the picture on the canvas that ``fit=contain`` asks for."""

from __future__ import annotations

from PIL import Image

from app.imaging.steps.flatten import surround
from app.imaging.steps.step import FramePlan


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the canvas with the image where gravity or focal puts it."""
    return surround(image, plan.resize.framed, plan.resize.offset, plan)
