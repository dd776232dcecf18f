"""The steps from a decoded frame to a finished one, in the order that the documentation promises.

A new step is a file in this package and an entry in ``STEPS``. Importing this loads neither Pillow nor the files.
"""

from __future__ import annotations

from typing import Final

from app.imaging.steps import costs
from app.imaging.steps.costs import per_pixel
from app.imaging.steps.step import Step

STEPS: Final = (
    # Geometry makes one resize of EXIF orientation, crop, rotate, flip, flop and resize. Only trim, which has to look
    # at the pixels, applies the first two beforehand.
    Step(
        name="trim",
        order=("EXIF orientation", "crop", "trim"),
        options=("crop", "trim"),
        cost=costs.trim,
    ),
    Step(
        name="resize",
        order=("rotate", "flip", "flop", "resize"),
        options=("width", "height", "aspect", "fit", "gravity", "focal", "upscale", "dpr", "flip", "flop"),
        when=lambda _: True,
        cost=costs.resize,
    ),
    # These three belong to the resize, and are done once the image is small.
    Step(name="srgb", order=(), options=("icc",), when=lambda _: True, cost=costs.srgb),
    Step(
        name="rotate",
        order=(),
        when=lambda options: options.rotate % 90 != 0,
        cost=costs.rotate,
        adds_alpha=True,
    ),
    Step(name="letterbox", options=(), order=(), when=lambda options: options.fit == "contain", cost=costs.letterbox),
    # Effects on the finished size.
    Step(
        name="color_adjust",
        order=("brightness", "contrast", "saturation", "grayscale", "tint"),
        options=("brightness", "contrast", "saturation", "grayscale", "tint"),
        when=lambda options: (
            (options.brightness, options.contrast, options.saturation) != (1.0, 1.0, 1.0)
            or options.grayscale
            or options.tint is not None
        ),
        cost=per_pixel(memory=8, cpu=80, more_cpu=0.06),
        prepares=True,
    ),
    Step(name="pixelate", cost=per_pixel(memory=9, cpu=25)),
    Step(name="blur", cost=per_pixel(memory=12, cpu=130)),
    Step(name="sharpen", cost=per_pixel(memory=25, cpu=260), prepares=True),
    Step(
        name="watermark",
        options=("watermark", "watermark_gravity", "watermark_opacity", "watermark_scale"),
        cost=per_pixel(memory=12, cpu=40),
        prepares=True,
    ),
    # The memory on top is that of the corner that is drawn finely.
    Step(name="radius", cost=per_pixel(memory=10, cpu=40, more_memory=40_000_000), adds_alpha=True),
    Step(name="pad", cost=per_pixel(memory=4, cpu=8)),
    Step(name="flatten", options=("background",), when=lambda _: True, cost=costs.flatten),
)
