"""Draws one image over another."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from PIL import Image

from app.imaging import color_mode
from app.imaging.codecs import decode
from app.imaging.headers import Header
from app.imaging.orientation import Size, from_exif
from app.imaging.resize_plan import GRAVITIES, half_up, shrink
from app.imaging.steps.resize import oriented, resample
from app.imaging.steps.step import FramePlan
from app.options import ResizeOptions


def prepare(plan: FramePlan) -> tuple[Image.Image, tuple[int, int]]:
    """Return the watermark, RGBA in its final size, and where its top left corner lies; raises UndecodableImage.

    Of an animation it is the first frame.
    """
    # The step applies only with the option, and then the bytes come with it.
    header, data = cast(tuple[Header, bytes], plan.watermark)
    options = plan.options
    canvas = plan.resize.framed
    size = _fitted(header, canvas, options)
    image = _decoded(data, header, size).convert("RGBA")
    image = resample(image, (0, 0, *image.size), size)
    if options.watermark_opacity < 1:
        image.putalpha(image.getchannel("A").point([round(a * options.watermark_opacity) for a in range(256)]))
    across, down = GRAVITIES[options.watermark_gravity]
    return image, (int((canvas[0] - size[0]) * across), int((canvas[1] - size[1]) * down))


def _fitted(header: Header, canvas: Size, options: ResizeOptions) -> Size:
    """Return the size of a watermark on ``canvas``: its scale, whichever side is reached first."""
    share = Fraction(repr(options.watermark_scale))
    scale = min(share * canvas[0] / header.width, share * canvas[1] / header.height)
    return half_up(header.width * scale), half_up(header.height * scale)


def _decoded(data: bytes, header: Header, size: Size) -> Image.Image:
    """Return the watermark upright in sRGB, no smaller than ``size`` unless it is."""
    upright = from_exif(header.orientation)
    by = shrink(header.format, header.stored_size, upright.inverse().size(size), left=2)
    frame = next(decode.frames(data, header, shrink=by))
    image = color_mode.to_srgb(color_mode.plain(frame.image, header), header)
    return oriented(image, upright)


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image with the watermark over it."""
    overlay, offset = plan.prepared["watermark"]
    if image.mode in ("LA", "RGBA"):
        canvas = image.convert("RGBA")
        canvas.alpha_composite(overlay, offset)
        return canvas
    canvas = image.convert("RGB") if image.mode != "RGB" else image.copy()
    canvas.paste(overlay.convert("RGB"), offset, overlay.getchannel("A"))
    return canvas
