"""Runs frames through the steps, after finding on the first one what the header does not say."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec
from PIL import Image

from app.core.deadline import Deadline
from app.imaging import color_mode, geometry, output_format
from app.imaging.cost import estimate
from app.imaging.resize_plan import ResizePlan, is_smart_crop, searched_size
from app.imaging.steps import STEPS
from app.imaging.steps.costs import Planned
from app.imaging.steps.step import FramePlan
from app.imaging.work import Work
from app.options import ResizeOptions, css_colors

if TYPE_CHECKING:
    from app.imaging.codecs.frames import Frame


def plan_first_frame(work: Work, first: Frame, watermark: bytes = b"") -> FramePlan:
    """Return the plan for every frame of an image, made from its first one.

    Raises OutputTooLarge and TooCostly when what trim leaves becomes larger than could be known before, and
    UndecodableImage for the watermark.
    """
    plan = FramePlan(
        header=work.header,
        options=work.options,
        resize=work.plan,
        output=work.output,
        watermark=(work.watermark, watermark) if work.watermark else None,
        profile=color_mode.kept_profile(first.image.mode, work.header, work.options),
    )
    plan = msgspec.structs.replace(plan, background=_background(plan))
    if work.options.trim is not None:
        plan = _trimmed(work, plan, first.image, work.options.trim)
    if is_smart_crop(work.options):
        plan = _smart_crop(work, plan, first.image)
    prepared = {step.name: step.prepare(plan) for step in STEPS if step.prepares and step.applies(work.options)}
    return msgspec.structs.replace(plan, prepared=prepared)


def render_frame(plan: FramePlan, frame: Frame, deadline: Deadline) -> Image.Image:
    """Return the frame after all steps; raises DeadlineExceeded between two of them."""
    image = frame.image
    for step in STEPS:
        if step.applies(plan.options):
            deadline.check(step.name)
            image = step.draw(image, plan)
    return image


def _background(plan: FramePlan) -> css_colors.RGBA:
    """Return the color under everything, in the colors of the result."""
    from app.imaging.steps.flatten import background_color

    color = background_color(plan.options.background, alpha=plan.output.alpha)
    if not plan.profile or plan.options.background is None:
        return color
    red, green, blue = color_mode.to_kept(Image.new("RGB", (1, 1), color[:3]), plan.profile).tobytes()
    return red, green, blue, color[3]


def _trimmed(work: Work, plan: FramePlan, image: Image.Image, tolerance: float) -> FramePlan:
    """Return the plan of what trim leaves of the image."""
    from app.imaging.steps import trim

    plan = msgspec.structs.replace(plan, trimmed=trim.find(trim.upright(image, plan), tolerance))
    resize = _geometry(plan, work.options)
    output_format.check_size(work.format, resize, work.options, work.limits)
    planned = Planned(work.header, work.options.without("trim"), resize, resize.canvas)
    estimate.check_trimmed(planned, work.output, watermark=work.watermark, known=work.cost)
    return msgspec.structs.replace(plan, resize=resize)


def _geometry(plan: FramePlan, options: ResizeOptions, *, at: tuple[Fraction, Fraction] | None = None) -> ResizePlan:
    """Return the plan for the stored frame, or for the part that trim leaves, which is upright and cropped."""
    if plan.trimmed is None:
        return geometry.plan(plan.header.stored_size, plan.header.orientation, options, at=at)
    left, top, right, bottom = plan.trimmed
    return geometry.plan((right - left, bottom - top), 1, options.without("crop", "trim"), at=at)


def _smart_crop(work: Work, plan: FramePlan, image: Image.Image) -> FramePlan:
    """Return the plan that keeps the part that entropy or attention finds."""
    from app.imaging.steps import smart_crop

    options = work.options.without("gravity", "fit", "width", "height", "aspect", "pad")
    everything = _geometry(plan, options)
    kept = _shares(plan.resize, everything)
    at = smart_crop.find(_small(plan, everything, image), kept, work.options.gravity)
    found = _geometry(plan, work.options, at=at)
    return msgspec.structs.replace(plan, resize=msgspec.structs.replace(found, shrink=plan.resize.shrink))


def _shares(kept: ResizePlan, everything: ResizePlan) -> tuple[float, float]:
    """Return width and height of the kept part as shares of ``everything``, oriented as in the result."""
    wide, high = (part / all for part, all in zip(kept.box_size, everything.box_size, strict=True))
    return (high, wide) if kept.orientation.swap else (wide, high)


def _small(plan: FramePlan, everything: ResizePlan, image: Image.Image) -> Image.Image:
    """Return everything that could be kept, oriented as in the result, just large enough to be searched."""
    from app.imaging.steps import resize, trim

    scaled = searched_size(*everything.scaled)
    small = msgspec.structs.replace(everything, scaled=scaled, shrink=plan.resize.shrink)
    image = trim.draw(image, plan) if plan.trimmed else image
    image = resize.draw(image, msgspec.structs.replace(plan, resize=small))
    return color_mode.to_srgb(image, plan.header)
