"""From one decoded frame to one finished picture: the list of steps, and what must be looked at before the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.imaging import color_mode, geometry, output_format
from app.imaging.codecs.decode import Frame
from app.imaging.cost import estimate
from app.imaging.geometry import Plan
from app.imaging.orientation import from_exif
from app.imaging.steps import canvas, resize

if TYPE_CHECKING:
    from PIL import Image

    from app.imaging.pipeline import Work
    from app.imaging.steps.effects import Tables
    from app.imaging.steps.trim import Box
    from app.imaging.steps.watermark import Stamp


class FramePlan(msgspec.Struct, frozen=True):
    """What serves every frame: the plan, the upright part that trim leaves, the watermark, the tables of colours."""

    plan: Plan
    inner: Box | None = None
    stamp: Stamp | None = None
    tables: Tables | None = None


def plan_first_frame(work: Work, first: Frame, watermark: bytes = b"") -> FramePlan:
    """Return the aim of a whole image, found on its first frame.

    Raises OutputTooLarge and TooCostly for what trim makes larger than could be known before, and what reading
    the watermark raises.
    """
    plan, inner = work.plan, None
    if work.options.trim is not None:
        from app.imaging.steps import trim

        whole = _upright(work, first.image)
        inner = trim.inner(whole, work.options.trim)
        plan = _planned(work, (inner[2] - inner[0], inner[3] - inner[1]))
        output_format.check_size(work.format, plan, work.output.frames, work.limits)
        estimate.check_trimmed(work.header, plan, work.output, options=work.options, known=work.cost)
    if work.options.gravity in output_format.SEEKING:
        plan = _smart_crop(work, FramePlan(plan, inner), first)
    return FramePlan(plan, inner, _stamp(work, plan, watermark), _tables(work))


def _tables(work: Work) -> Tables | None:
    if not _affects(work):
        return None
    from app.imaging.steps import effects

    return effects.tables(work.options)


def _affects(work: Work) -> bool:
    return work.options.without(*output_format.EFFECTS) != work.options


def _planned(work: Work, size: tuple[int, int], **more: object) -> Plan:
    """Return the plan of an upright image of ``size`` that is cropped and trimmed already."""
    return geometry.plan(size, 1, work.options.without("crop", "trim"), work.limits, **more)  # type: ignore[arg-type]


def _upright(work: Work, image: Image.Image) -> Image.Image:
    """Return the part that crop keeps, upright."""
    turn = from_exif(work.header.orientation)
    image = resize.turned(image, turn)
    if work.options.crop is None:
        return image
    x, y, width, height = work.options.crop
    return image.crop((x, y, x + width, y + height))


def _smart_crop(work: Work, aim: FramePlan, first: Frame) -> Plan:
    """Return the plan that keeps what entropy or attention finds."""
    from app.imaging.steps import smart_crop

    header, plan = work.header, aim.plan
    whole = work.options.without("gravity", "fit", "width", "height", "aspect", "pad")
    if aim.inner is None:
        stored, orientation = (header.stored_width, header.stored_height), header.orientation
    else:
        stored, orientation = (aim.inner[2] - aim.inner[0], aim.inner[3] - aim.inner[1]), 1
        whole = whole.without("crop", "trim")
    everything = geometry.plan(stored, orientation, whole, msgspec.structs.replace(work.limits, max_side=10**6))
    kept = _shares(plan, everything)
    small = _small(work, aim, everything, first)
    at = smart_crop.find(small, kept, work.options.gravity)
    options = work.options if aim.inner is None else work.options.without("crop", "trim")
    found = geometry.plan(stored, orientation, options, work.limits, at=at)
    return msgspec.structs.replace(found, shrink=plan.shrink)


def _shares(plan: Plan, everything: Plan) -> tuple[float, float]:
    """Return width and height of what ``plan`` keeps as shares of ``everything``, as the result shows them."""
    wide = (plan.box[2] - plan.box[0]) / (everything.box[2] - everything.box[0])
    high = (plan.box[3] - plan.box[1]) / (everything.box[3] - everything.box[1])
    return (high, wide) if plan.turn.swap else (wide, high)


def _small(work: Work, aim: FramePlan, everything: Plan, first: Frame) -> Image.Image:
    """Return all that could be kept, turned as the result, large enough to be looked at."""
    size = everything.scaled
    most = max(size) / 512
    scaled = (max(1, round(size[0] / most)), max(1, round(size[1] / most))) if most > 1 else size
    plan = msgspec.structs.replace(everything, scaled=scaled, shrink=aim.plan.shrink)
    image = _inner(work, aim, first.image)
    return color_mode.finish(resize.turned(resize.resize(image, plan), plan.turn), work.header, first.profile)


def _stamp(work: Work, plan: Plan, data: bytes) -> Stamp | None:
    if work.watermark is None:
        return None
    from app.imaging.steps import watermark

    return watermark.ready(data, work.watermark, plan.framed, work.options)


def _inner(work: Work, aim: FramePlan, image: Image.Image) -> Image.Image:
    return image if aim.inner is None else _upright(work, image).crop(aim.inner)


def render_frame(work: Work, aim: FramePlan, source: Frame) -> Image.Image:
    """Take one frame through the steps, in the order the documentation promises."""
    image = scaled(work, aim, source)
    image = color_mode.finish(image, work.header, source.profile, keep=work.options.icc == "keep")
    return apply_effects(work, aim, image)


def scaled(work: Work, aim: FramePlan, source: Frame) -> Image.Image:
    """Return the frame trimmed, resized and turned; quarter turns wait until there are fewer pixels to turn."""
    image = _inner(work, aim, source.image)
    image = resize.resize(image, aim.plan)
    return resize.turned(image, aim.plan.turn)


def apply_effects(work: Work, aim: FramePlan, image: Image.Image) -> Image.Image:
    """Return what follows on the resize, to the finished picture."""
    options, plan = work.options, aim.plan
    colour = canvas.ground(options.background, alpha=work.output.alpha)
    image = resize.tilt(image, plan)
    image = canvas.surround(image, plan.framed, plan.offset, colour=colour)
    image = _affected(work, aim, image)
    image = canvas.rounded(image, options.radius) if options.radius else image
    image = canvas.surround(image, plan.canvas, (plan.pad[3], plan.pad[0]), colour=colour)
    return canvas.flatten(image, background=options.background, alpha=work.output.alpha)


def _affected(work: Work, aim: FramePlan, image: Image.Image) -> Image.Image:
    if aim.tables is not None:
        from app.imaging.steps import effects

        image = effects.apply(image, work.options, aim.tables)
    if aim.stamp is None:
        return image
    from app.imaging.steps import watermark

    return watermark.draw(image, aim.stamp)


def profile(work: Work, source: Frame) -> bytes:
    """Return the colour profile that the result keeps."""
    if work.options.icc != "keep":
        return b""
    return color_mode.kept_profile(source.image.mode, work.header, source.profile)
