"""Draws one image over another."""

from __future__ import annotations

from typing import cast

from PIL import Image

from app.imaging import color_mode
from app.imaging.codecs import decode
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header
from app.imaging.orientation import Size, from_exif
from app.imaging.resample import resample
from app.imaging.resize_plan import GRAVITIES, most_shrink, overlay_size, shrink, shrunk
from app.imaging.steps.resize import oriented
from app.imaging.steps.step import FramePlan


def prepare(plan: FramePlan) -> tuple[Image.Image, tuple[int, int]]:
    """Return the watermark and where its top left corner lies; raises UndecodableImage.

    It is RGBA, in its final size and the colors of the result. Of an animation it is the first frame.
    """
    # The step applies only with the option, and then the bytes come with it.
    header, data = cast(tuple[Header, bytes], plan.watermark)
    options = plan.options
    canvas = plan.resize.framed
    size = overlay_size((header.width, header.height), canvas, options)
    image = color_mode.to_kept(_resized(data, header, size).convert("RGBA"), plan.profile)
    if options.watermark_opacity < 1:
        image.putalpha(image.getchannel("A").point([round(a * options.watermark_opacity) for a in range(256)]))
    across, down = GRAVITIES[options.watermark_gravity]
    return image, (int((canvas[0] - size[0]) * across), int((canvas[1] - size[1]) * down))


def _resized(data: bytes, header: Header, size: Size) -> Image.Image:
    """Return the watermark in ``size``, upright and in sRGB, which it becomes when it is small."""
    upright = from_exif(header.orientation)
    stored = upright.inverse().size(size)
    by = shrink(header.format, header.stored_size, stored, left=2, most=most_shrink(header.mode))
    with decoding(header.format):
        image = color_mode.plain(next(decode.frames(data, header, shrink=by)).image, header)
    image = resample(image, shrunk((0, 0, *header.stored_size), by, image.size), stored)
    return oriented(color_mode.to_srgb(image, header), upright)


def draw(image: Image.Image, plan: FramePlan) -> Image.Image:
    """Return the image with the watermark over it."""
    overlay, offset = plan.prepared["watermark"]
    canvas = image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB")
    if canvas.mode == "RGBA":
        canvas.alpha_composite(overlay, offset)
    else:
        canvas.paste(overlay, offset, overlay)
    return canvas
