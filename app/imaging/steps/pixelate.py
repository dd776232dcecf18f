"""Shows the image in blocks of one color each."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling

from app.imaging.steps.step import FramePlan


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image in blocks from its top left, each the mean of what it covers."""
    side = plan.options.pixelate or 1
    blocks = image.reduce(side)
    large = blocks.resize((blocks.width * side, blocks.height * side), Resampling.NEAREST)
    return large.crop((0, 0, *image.size))
