"""Adds the background color around the result."""

from __future__ import annotations

from PIL import Image

from app.imaging.steps.flatten import surround
from app.imaging.steps.step import FramePlan


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image with its padding."""
    top, _, _, left = plan.resize.pad
    return surround(image, plan.resize.canvas, (left, top), plan)
