"""Estimates what the steps around the resize take: trim, tilt, effects, watermark, corners and padding."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import msgspec

from app.config import Limits
from app.imaging.geometry import Plan, half_up, target
from app.imaging.headers.probe import Header
from app.imaging.orientation import Size
from app.options import ResizeOptions


class Step(msgspec.Struct, frozen=True):
    """What one step takes per pixel: ``memory`` in bytes beside the picture, ``cpu`` in ns; ``fixed`` seconds."""

    memory: float
    cpu: float
    fixed: float = 0.0


TONE: Final = Step(8, 80, 0.06)
PIXELATE: Final = Step(9, 25)
BLUR: Final = Step(12, 130)
SHARPEN: Final = Step(25, 260)
STAMP: Final = Step(14, 40)
ROUND: Final = Step(10, 40)
PAD: Final = Step(4, 8)
# Per pixel of what is turned, of what comes out, and of the source that trim looks at.
TILT_FROM, TILT_TO = Step(13, 25), Step(12, 110)
TRIM: Final = Step(16, 40)
# The finely drawn quarter circle, in bytes.
CORNER: Final = 40_000_000
# One look for the place to keep, in seconds and in bytes.
LOOK, LOOK_MEMORY = 0.08, 4_000_000


def _wanted(options: ResizeOptions) -> Mapping[str, bool]:
    toned = (options.brightness, options.contrast, options.saturation) != (1.0, 1.0, 1.0)
    return {
        "tone": toned or options.grayscale or options.tint is not None,
        "pixelate": options.pixelate is not None,
        "blur": options.blur is not None,
        "sharpen": options.sharpen is not None,
        "stamp": options.watermark is not None,
        "round": options.radius is not None,
        "pad": options.pad is not None,
    }


_STEPS: Final = {
    "tone": TONE,
    "pixelate": PIXELATE,
    "blur": BLUR,
    "sharpen": SHARPEN,
    "stamp": STAMP,
    "round": ROUND,
    "pad": PAD,
}


def apply_effects(plan: Plan, options: ResizeOptions) -> tuple[float, float]:
    """Return the bytes beside the picture and the seconds of all that follows on the resize, for one frame."""
    pixels = plan.canvas[0] * plan.canvas[1]
    memory, cpu = tilted(plan)
    for name, wanted in _wanted(options).items():
        if wanted:
            step = _STEPS[name]
            memory = max(memory, step.memory * pixels + (CORNER if name == "round" else 0))
            cpu += step.cpu * 1e-9 * pixels + step.fixed
    return memory, cpu


def tilted(plan: Plan) -> tuple[float, float]:
    """Return the same for a turn by any angle."""
    if plan.tilt is None:
        return 0.0, 0.0
    inside, outside = plan.scaled[0] * plan.scaled[1], plan.picture[0] * plan.picture[1]
    memory = TILT_FROM.memory * inside + TILT_TO.memory * outside
    return memory, (TILT_FROM.cpu * inside + TILT_TO.cpu * outside) * 1e-9


def looked_at(header: Header, options: ResizeOptions) -> tuple[float, float]:
    """Return the bytes and seconds of looking at the first frame before anything is done to it."""
    memory = cpu = 0.0
    if options.trim is not None:
        memory, cpu = TRIM.memory * header.pixels, TRIM.cpu * 1e-9 * header.pixels
    if options.gravity in ("entropy", "attention"):
        memory, cpu = max(memory, LOOK_MEMORY), cpu + LOOK + 8e-9 * header.pixels
    return memory, cpu


def bounded(header: Header, plan: Plan, options: ResizeOptions, limits: Limits) -> Plan:
    """Return the plan of the largest result that trim can lead to, since what it leaves may have any shape."""
    if options.trim is None:
        return plan
    width, height = target(options)
    source = header.width, header.height
    most = (limits.max_side, limits.max_side) if options.upscale else source
    if width is not None and height is not None:
        size = most if options.fit == "outside" else (half_up(width), half_up(height))
    else:
        size = half_up(width or Fraction(most[0])), half_up(height or Fraction(most[1]))
        size = size if options.upscale else (min(size[0], most[0]), min(size[1], most[1]))
    return _sized(plan, (min(size[0], limits.max_side), min(size[1], limits.max_side)))


def _sized(plan: Plan, size: Size) -> Plan:
    top, right, bottom, left = plan.pad
    canvas = max(plan.canvas[0], size[0] + left + right), max(plan.canvas[1], size[1] + top + bottom)
    return msgspec.structs.replace(plan, canvas=canvas)
