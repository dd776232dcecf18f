"""Decides where every pixel goes, in exact arithmetic: no image is needed to know the size of a result."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from app.core.errors import InvalidParameter, ParameterError
from app.imaging.fit import Fitted, fit, height_of, width_of
from app.imaging.orientation import ExactBox, Orientation, Size, from_exif, from_options
from app.imaging.resize_plan import ResizePlan, half_up
from app.options import ResizeOptions


def plan(
    stored: Size,
    orientation: int,
    options: ResizeOptions,
    *,
    at: tuple[Fraction, Fraction] | None = None,
) -> ResizePlan:
    """Return the plan for a frame of ``stored`` size and EXIF ``orientation``.

    ``at`` is what a smart crop found: the share, 0..1 each, of what cover cuts away that lies left of and above the
    kept part. Raises InvalidParameter when crop leaves the upright source.
    """
    upright = from_exif(orientation)
    region = _cropped(upright.size(stored), options)
    if options.rotate % 90:
        planned = _any_angle(region, upright, stored, options)
    else:
        planned = _quarter_turns(region, upright, stored, options, at)
    top, right, bottom, left = options.pad or (0, 0, 0, 0)
    canvas = planned.canvas[0] + left + right, planned.canvas[1] + top + bottom
    return msgspec.structs.replace(
        planned,
        canvas=canvas,
        pad=(top, right, bottom, left),
        region=_cut(upright.inverse().box(region, upright.size(stored)), stored),
    )


def _quarter_turns(
    region: ExactBox,
    upright: Orientation,
    stored: Size,
    options: ResizeOptions,
    at: tuple[Fraction, Fraction] | None,
) -> ResizePlan:
    """Return the plan of a frame that is cut and resized as it is stored, and oriented once it is small."""
    user = from_options(int(options.rotate), flip=options.flip, flop=options.flop)
    orientation = upright.then(user)
    fitted = fit(user.box(region, upright.size(stored)), options, at=at)
    box = orientation.inverse().box(fitted.box, orientation.size(stored))
    return _planned(box, fitted.picture, orientation, fitted)


def _any_angle(region: ExactBox, upright: Orientation, stored: Size, options: ResizeOptions) -> ResizePlan:
    """Return the plan of a frame that is reduced first, then rotated, cut and scaled in one transform."""
    from app.imaging.rotation import rotated_center, rotated_size, rotation

    size = int(width_of(region)), int(height_of(region))
    wide, high = map(Fraction, rotated_size(size, options.rotate))
    fitted = fit((Fraction(0), Fraction(0), wide, high), options)
    scale = min(max(fitted.picture[0] / width_of(fitted.box), fitted.picture[1] / height_of(fitted.box)), Fraction(1))
    x, y = rotated_center(size, options.rotate)
    reduced = half_up(size[0] * scale), half_up(size[1] * scale)
    turned = rotation(
        size,
        # the mirrors are drawn first, and one of them reverses the sense of rotation
        -options.rotate if options.flip != options.flop else options.rotate,
        reduced=reduced,
        box=_floats(fitted.box),
        center=(size[0] - x if options.flop else x, size[1] - y if options.flip else y),
        size=fitted.picture,
    )
    orientation = upright.then(Orientation(mirror_x=options.flop, mirror_y=options.flip))
    box = upright.inverse().box(region, upright.size(stored))
    return msgspec.structs.replace(_planned(box, reduced, orientation, fitted), rotation=turned)


def _planned(box: ExactBox, drawn: Size, orientation: Orientation, fitted: Fitted) -> ResizePlan:
    scaled = orientation.inverse().size(drawn)
    return ResizePlan(_floats(box), scaled, orientation, fitted.canvas, fitted.offset)


def _cut(region: ExactBox, stored: Size) -> tuple[int, int, int, int] | None:
    """Return the region of a stored frame in whole pixels, None where it is all of it."""
    left, top, right, bottom = map(int, region)
    return (left, top, right, bottom) if (left, top, right, bottom) != (0, 0, *stored) else None


def _floats(box: ExactBox) -> tuple[float, float, float, float]:
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _cropped(upright: Size, options: ResizeOptions) -> ExactBox:
    """Return the part of the upright source that crop keeps."""
    if options.crop is None:
        return Fraction(0), Fraction(0), Fraction(upright[0]), Fraction(upright[1])
    x, y, width, height = options.crop
    if x + width > upright[0] or y + height > upright[1]:
        received = ",".join(map(str, options.crop))
        detail = f"expected a part inside the upright source, which is {upright[0]}×{upright[1]}"
        raise InvalidParameter(ParameterError("crop", detail, received))
    return Fraction(x), Fraction(y), Fraction(x + width), Fraction(y + height)
