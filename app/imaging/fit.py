"""The option ``fit``: how a part of an image is fitted into width and height, as sharp defines it."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import msgspec

from app.imaging.orientation import ExactBox, Size
from app.imaging.resize_plan import GRAVITIES, half_up
from app.options import ResizeOptions


class Fitted(msgspec.Struct, frozen=True):
    """The part that is kept (``box``), the size it is drawn in (``picture``), and its place on the ``canvas``."""

    box: ExactBox
    picture: Size
    canvas: Size
    offset: tuple[int, int] = (0, 0)


def target(options: ResizeOptions) -> tuple[Fraction | None, Fraction | None]:
    """Return the requested width and height, after aspect and dpr; None where the options give none."""
    dpr = Fraction(repr(options.dpr))
    width = None if options.width is None else options.width * dpr
    height = None if options.height is None else options.height * dpr
    if options.aspect is None:
        return width, height
    ratio = Fraction(*options.aspect)
    # Options with an aspect have exactly one of the two.
    return (width, width / ratio) if width is not None else (cast(Fraction, height) * ratio, height)


def fit(region: ExactBox, options: ResizeOptions, *, at: tuple[Fraction, Fraction] | None = None) -> Fitted:
    """Return how ``region`` is fitted into the width and height that the options request.

    With one of the two absent the other follows from the ratio of the region, so every fit is the same. ``at`` is the
    share, 0..1 each, of what cover cuts away that lies left of and above the kept part; without it gravity decides.
    """
    width, height = target(options)
    sides = (width, width_of(region)), (height, height_of(region))
    scales = [half_up(side) / length for side, length in sides if side is not None]
    if width is None or height is None:
        return _proportional(region, scales[0] if scales else Fraction(1), options)
    requested = half_up(width), half_up(height)
    if options.fit == "fill":
        return _fill(region, requested, options)
    if options.fit == "cover":
        return _cover(region, requested, options, at or GRAVITIES.get(options.gravity, GRAVITIES["center"]))
    fitted = _proportional(region, max(scales) if options.fit == "outside" else min(scales), options)
    return _contain(fitted, requested, options) if options.fit == "contain" else fitted


def largest(region: Size, options: ResizeOptions) -> list[Size]:
    """Return canvases of which one is at least as wide and as high as what ``fit`` makes of any part of ``region``."""
    canvases = _largest_enlarged(region, options)
    if options.upscale or (options.fit == "contain" and None not in target(options)):
        return canvases
    return [(min(width, region[0]), min(height, region[1])) for width, height in canvases]


def _largest_enlarged(region: Size, options: ResizeOptions) -> list[Size]:
    width, height = (None if side is None else half_up(side) for side in target(options))
    if width is not None and height is not None and options.fit != "outside":
        return [(width, height)]
    # The ratio of a part is at most the length of a side of the region: the other may be a single pixel.
    by_width = [] if width is None else [(width, width * region[1])]
    by_height = [] if height is None else [(height * region[0], height)]
    return by_width + by_height or [region]


def _proportional(region: ExactBox, scale: Fraction, options: ResizeOptions) -> Fitted:
    if not options.upscale:
        scale = min(scale, Fraction(1))
    size = half_up(width_of(region) * scale), half_up(height_of(region) * scale)
    return Fitted(region, size, size)


def _fill(region: ExactBox, requested: Size, options: ResizeOptions) -> Fitted:
    if not options.upscale:
        requested = min(requested[0], int(width_of(region))), min(requested[1], int(height_of(region)))
    return Fitted(region, requested, requested)


def _cover(region: ExactBox, requested: Size, options: ResizeOptions, at: tuple[Fraction, Fraction]) -> Fitted:
    ratio = Fraction(*requested)
    kept_w = min(width_of(region), height_of(region) * ratio)
    kept_h = min(height_of(region), width_of(region) / ratio)
    whole = kept_w < requested[0] and not options.upscale
    if whole:
        # Whole pixels: what is only cut out must not be resampled.
        requested = half_up(kept_w), half_up(kept_h)
        kept_w, kept_h = Fraction(requested[0]), Fraction(requested[1])
    left, top = _position(region, kept_w, kept_h, options, at)
    if whole:
        left, top = Fraction(left.__floor__()), Fraction(top.__floor__())
    return Fitted((left, top, left + kept_w, top + kept_h), requested, requested)


def _position(
    region: ExactBox, width: Fraction, height: Fraction, options: ResizeOptions, at: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    """Return the top left corner of the kept part, which always lies inside the region."""
    free_x, free_y = width_of(region) - width, height_of(region) - height
    if options.focal is None:
        return region[0] + free_x * at[0], region[1] + free_y * at[1]
    x = Fraction(repr(options.focal[0])) * width_of(region) - width / 2
    y = Fraction(repr(options.focal[1])) * height_of(region) - height / 2
    zero = Fraction(0)
    return region[0] + min(max(x, zero), free_x), region[1] + min(max(y, zero), free_y)


def _contain(fitted: Fitted, requested: Size, options: ResizeOptions) -> Fitted:
    across, down = GRAVITIES[options.gravity]
    if options.focal is not None:
        across, down = Fraction(repr(options.focal[0])), Fraction(repr(options.focal[1]))
    free_x, free_y = requested[0] - fitted.picture[0], requested[1] - fitted.picture[1]
    offset = int(free_x * across), int(free_y * down)
    return msgspec.structs.replace(fitted, canvas=requested, offset=offset)


def width_of(box: ExactBox) -> Fraction:
    """Return the width of ``box``."""
    return box[2] - box[0]


def height_of(box: ExactBox) -> Fraction:
    """Return the height of ``box``."""
    return box[3] - box[1]
