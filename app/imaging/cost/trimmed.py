"""What trim may lead to: it may leave any part of the picture, and nobody knows which before it is decoded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from app.core.config import Limits
from app.imaging import fit, geometry
from app.imaging.headers import Header
from app.imaging.orientation import Size
from app.imaging.resize_plan import ResizePlan
from app.imaging.rotation import rotated_size
from app.imaging.steps.costs import area
from app.options import ResizeOptions


def largest_canvas(header: Header, plan: ResizePlan, options: ResizeOptions, limits: Limits) -> Size:
    """Return the canvas of the most pixels that the result can have."""
    top, right, bottom, left = plan.pad
    canvases = [
        (min(width + left + right, limits.max_side), min(height + top + bottom, limits.max_side))
        for width, height in fit.largest(rotated_size(_region(header, options), options.rotate), options)
    ]
    return max(canvases, key=area)


def extreme_plans(header: Header, plan: ResizePlan, options: ResizeOptions, limits: Limits) -> list[ResizePlan]:
    """Return the plans that take most: that of the whole, and of the thinnest parts that may be enlarged that much."""
    if not options.upscale:
        return [plan]
    width, height = _region(header, options)
    left = options.without("crop", "trim")
    tall = _thinnest(lambda side: geometry.plan((side, height), 1, left), width, limits)
    wide = _thinnest(lambda side: geometry.plan((width, side), 1, left), height, limits)
    return [plan, *(thin for thin in (tall, wide) if max(thin.canvas) <= limits.max_side)]


def _thinnest(planned: Callable[[int], ResizePlan], whole: int, limits: Limits) -> ResizePlan:
    """Return the plan for the shortest side, up to the ``whole``, that gives no result longer than allowed."""
    sides = range(1, whole + 1)
    at = bisect_left(sides, -limits.max_side, key=lambda side: -max(planned(side).canvas))
    return planned(min(at + 1, whole))


def _region(header: Header, options: ResizeOptions) -> Size:
    """Return the size of the upright picture that trim looks at."""
    return options.crop[2:] if options.crop else (header.width, header.height)
