"""Decides the format of a result and whether it may be that large."""

from __future__ import annotations

import msgspec

from app.config import Limits
from app.errors import OutputTooLarge
from app.imaging.formats import FORMATS, family
from app.imaging.geometry import Plan
from app.imaging.header import Header
from app.options import ResizeOptions

# Speed 6 makes files a sixth smaller than 8 but takes up to six times as long: worth it for small results.
AVIF_SPEED, AVIF_SPEED_LARGE, AVIF_LARGE = 6, 8, 2_000_000
DEFAULT_QUALITY = {"jpeg": 80, "webp": 80, "avif": 50}


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """How a result is written; ``quality`` is 1..100, or 0 where the format has none.

    ``alpha`` says that the format can hold it, ``clear`` that the result may need it.
    """

    format: str
    quality: int
    frames: int
    alpha: bool
    clear: bool
    progressive: bool = True


def choose(header: Header, plan: Plan, options: ResizeOptions, *, limits: Limits, accepts: tuple[str, ...]) -> Output:
    """Return how the result is written; raises OutputTooLarge.

    For ``format=auto`` a still becomes AVIF, anything becomes WebP, where ``accepts`` names it and its
    pixels are affordable. Animations never become AVIF by themselves: its encoder cannot set the loop count.
    """
    format = _format(header, plan, options, limits=limits, accepts=accepts)
    frames = header.frames if FORMATS[format].animation else 1
    _check(format, plan, frames, limits)
    return Output(
        format=format,
        quality=options.quality or DEFAULT_QUALITY.get(format, 0) if format in DEFAULT_QUALITY else 0,
        frames=frames,
        alpha=FORMATS[format].alpha,
        clear=FORMATS[format].alpha and _clear(header, plan, options),
        progressive=options.progressive,
    )


def _clear(header: Header, plan: Plan, options: ResizeOptions) -> bool:
    opaque = options.background is not None and options.background.endswith("ff")
    return not opaque and (header.alpha or plan.canvas != plan.picture)


def pixel_limit(format: str, limits: Limits) -> int:
    """Return the pixels, all frames together, that a result in ``format`` may have."""
    own = {"webp": limits.max_webp_pixels, "avif": limits.max_avif_pixels}
    return min(limits.max_output_pixels, own.get(format, limits.max_output_pixels))


def _format(header: Header, plan: Plan, options: ResizeOptions, *, limits: Limits, accepts: tuple[str, ...]) -> str:
    if options.format not in (None, "auto"):
        return str(options.format)
    pixels = plan.canvas[0] * plan.canvas[1] * header.frames
    candidates = ("webp",) if header.animated else ("avif", "webp")
    if options.format == "auto":
        for format in candidates:
            if format in accepts and pixels <= pixel_limit(format, limits):
                return format
    return family(header.format, alpha=header.alpha)


def _check(format: str, plan: Plan, frames: int, limits: Limits) -> None:
    width, height = plan.canvas
    shown = f"{width}×{height}" + (f" in {frames} frames" if frames > 1 else "")
    most = pixel_limit(format, limits)
    if width * height * frames > most:
        raise OutputTooLarge(f"the result would be {shown}, more than the {most} pixels allowed for {format}")
    if max(width, height) > FORMATS[format].max_side:
        raise OutputTooLarge(f"the result would be {shown}, longer than {format} can hold")


def avif_speed(pixels: int) -> int:
    """Return the encoder's speed for a result of so many pixels, all frames together."""
    return AVIF_SPEED if pixels <= AVIF_LARGE else AVIF_SPEED_LARGE
