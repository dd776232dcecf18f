"""Decides the format of a result, its settings, and whether it may be that large."""

from __future__ import annotations

from app.core.config import Limits
from app.core.errors import InvalidParameter, OutputTooLarge, ParameterError
from app.core.formats import FORMATS, LOSSLESS, WITH_QUALITY, auto_formats, family
from app.core.text import listed
from app.imaging.codecs.output import Output
from app.imaging.headers import Header
from app.imaging.orientation import Size
from app.imaging.resize_plan import ResizePlan
from app.imaging.steps import STEPS
from app.options import ResizeOptions


def choose(
    header: Header, plan: ResizePlan, options: ResizeOptions, *, limits: Limits, accepts: tuple[str, ...]
) -> Output:
    """Return how the result is written; raises OutputTooLarge, InvalidParameter.

    ``format=auto`` takes the first of ``accepts`` that can hold the result within its limit of pixels: a still may
    become AVIF, anything WebP, or stay what it is. Animations become AVIF only by name: its encoder cannot set the loop
    count.
    """
    left = _frames(header, options)
    format = _format(header, plan, options, frames=left, limits=limits, accepts=accepts)
    check_fits_format(format, options)
    frames = left if FORMATS[format].animation else 1
    check_size(format, plan, options, limits)
    return Output(
        format=format,
        quality=_quality(format, options),
        frames=frames,
        alpha=FORMATS[format].alpha,
        transparent=FORMATS[format].alpha and _transparent(header, plan, options),
        first=options.page,
        progressive=options.progressive,
        lossless=options.lossless,
        max_bytes=options.max_bytes,
    )


def _frames(header: Header, options: ResizeOptions) -> int:
    """Return how many frames page and frames leave."""
    if options.page >= header.frames:
        detail = f"expected less than the {header.frames} that the source has"
        raise InvalidParameter(ParameterError("page", detail, str(options.page)))
    return min(header.frames - options.page, options.frames or header.frames)


def check_fits_format(format: str, options: ResizeOptions) -> None:
    """Raise InvalidParameter for options that the format of the result, now known, does not support."""
    if options.lossless and format not in LOSSLESS:
        detail = f"expected with format {listed(LOSSLESS)}, the result is {format}"
        raise InvalidParameter(ParameterError("lossless", detail))
    if options.max_bytes is not None and format not in WITH_QUALITY:
        expected = f"expected with format {listed(WITH_QUALITY)}"
        detail = f"{expected}, the result is {format} and has no quality to choose"
        raise InvalidParameter(ParameterError("max_bytes", detail, str(options.max_bytes)))


def _quality(format: str, options: ResizeOptions) -> int:
    if format not in WITH_QUALITY or options.lossless:
        return 0
    return options.quality or (100 if options.max_bytes is not None else FORMATS[format].quality)


def _transparent(header: Header, plan: ResizePlan, options: ResizeOptions) -> bool:
    opaque = options.background is not None and options.background.endswith("ff")
    surrounded = plan.canvas != plan.picture or any(step.adds_alpha for step in STEPS if step.applies(options))
    return not opaque and (header.alpha or surrounded)


def pixel_limit(format: str, limits: Limits) -> int:
    """Return the pixels that a still, or a frame, in ``format`` may have."""
    own: int = getattr(limits, FORMATS[format].pixel_limit)
    return min(limits.max_output_pixels, own)


def _format(
    header: Header, plan: ResizePlan, options: ResizeOptions, *, frames: int, limits: Limits, accepts: tuple[str, ...]
) -> str:
    if options.format not in (None, "auto"):
        return str(options.format)
    natural = family(header.format, alpha=header.alpha)
    if options.format is None:
        return natural
    if options.lossless and natural not in LOSSLESS:
        natural = "png"
    pixels = plan.canvas[0] * plan.canvas[1] * frames
    for format in accepts:
        allowed = format in (natural, *auto_formats()) and pixels <= pixel_limit(format, limits)
        if allowed and _keeps(format, moving=frames > 1, lossless=options.lossless):
            return format
    return natural


def _keeps(format: str, *, moving: bool, lossless: bool) -> bool:
    """Return whether the format can hold the frames with their loop count, and, if requested, every exact pixel."""
    traits = FORMATS[format]
    return (not moving or (traits.animation and traits.loop)) and (not lossless or traits.lossless)


def check_size(format: str, plan: ResizePlan, options: ResizeOptions, limits: Limits) -> None:
    """Raise OutputTooLarge for more pixels in a frame, or a longer side, than there may be, or the format may have.

    How many frames there may be follows from the time and the memory that they are estimated to take.
    """
    excess = _excess(plan.canvas, format, limits)
    if excess:
        width, height = plan.canvas
        cure = _cure(format, plan, options, limits)
        raise OutputTooLarge(f"the result would be {width}×{height}, {excess}; {cure}")


def _excess(size: Size, format: str, limits: Limits) -> str:
    """Return in which way a result would be too large, empty if it is not."""
    if max(size) > limits.max_side:
        return f"longer than {limits.max_side} pixels"
    most = pixel_limit(format, limits)
    if size[0] * size[1] > most:
        return f"more than the {most} pixels allowed for {format}"
    return f"longer than {format} can hold" if max(size) > FORMATS[format].max_side else ""


def _cure(format: str, plan: ResizePlan, options: ResizeOptions, limits: Limits) -> str:
    """Return which of the options given make a result too large, or which would make it smaller."""
    named = [name for name in ("width", "height") if getattr(options, name) is not None]
    if named and options.dpr != 1:
        named.append("dpr")
    top, right, bottom, left = plan.pad
    if _excess((left + right + 1, top + bottom + 1), format, limits):
        named = ["pad"]
    elif any(plan.pad) and not _excess(plan.framed, format, limits):
        named.append("pad")
    return f"lower {listed(named, 'and')}" if named else "give a smaller width or height"
