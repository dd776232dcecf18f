"""Draws one image over another."""

from __future__ import annotations

from fractions import Fraction

import msgspec
from PIL import Image
from PIL.Image import Resampling

from app.imaging import color_mode
from app.imaging.codecs import decode
from app.imaging.geometry import GRAVITIES, half_up
from app.imaging.headers.probe import Header
from app.imaging.orientation import Size, from_exif
from app.imaging.steps import resize
from app.options import ResizeOptions


class Stamp(msgspec.Struct, frozen=True):
    """A watermark ready to be drawn: RGBA, in its size, and where its top left lies."""

    image: Image.Image
    offset: tuple[int, int]


def fitted(header: Header, canvas: Size, options: ResizeOptions) -> Size:
    """Return the size that a watermark gets on ``canvas``: its scale, whichever side is reached first."""
    share = Fraction(repr(options.watermark_scale))
    scale = min(share * canvas[0] / header.width, share * canvas[1] / header.height)
    return half_up(header.width * scale), half_up(header.height * scale)


def ready(data: bytes, header: Header, canvas: Size, options: ResizeOptions) -> Stamp:
    """Return the watermark, its first frame if it moves, as it is drawn; raises UndecodableImage."""
    size = fitted(header, canvas, options)
    if header.animated:
        frame = next(decode.animation(data, header, count=1))
    else:
        stored = from_exif(header.orientation).inverse().size(size)
        frame = decode.still(data, header, shrink=_shrink(header, stored))
    image = color_mode.finish(color_mode.plain(frame.image, header), header, frame.profile)
    image = resize.turned(image, from_exif(header.orientation)).convert("RGBA").resize(size, Resampling.LANCZOS)
    if options.watermark_opacity < 1:
        image.putalpha(image.getchannel("A").point([round(a * options.watermark_opacity) for a in range(256)]))
    across, down = GRAVITIES[options.watermark_gravity]
    return Stamp(image, (int((canvas[0] - size[0]) * across), int((canvas[1] - size[1]) * down)))


def draw(image: Image.Image, stamp: Stamp) -> Image.Image:
    """Return the picture with the watermark over it."""
    if image.mode in ("LA", "RGBA"):
        canvas = image.convert("RGBA")
        canvas.alpha_composite(stamp.image, stamp.offset)
        return canvas
    canvas = image.convert("RGB") if image.mode != "RGB" else image.copy()
    canvas.paste(stamp.image.convert("RGB"), stamp.offset, stamp.image.getchannel("A"))
    return canvas


def _shrink(header: Header, size: Size) -> int:
    if header.format != "jpeg":
        return 1
    ratio = min(header.stored_width / size[0], header.stored_height / size[1])
    return next((by for by in (8, 4, 2) if ratio >= 2 * by), 1)
