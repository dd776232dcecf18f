"""Frames to bytes: one function per format, with the settings that are worth their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from PIL import Image

from app.imaging import plugins
from app.imaging.codecs.frames import MAX_DURATION, Timing
from app.imaging.codecs.output import WEBP_METHODS, Output, avif_speed
from app.imaging.joined_file import joined_file

# Measured: 75 makes files a twentieth smaller than 25, in twice the time.
WEBP_EFFORT: Final = 50
# Measured at equal bytes: photographs gain 0.002 to 0.004 of SSIM, text more, and a seventh of the time.
AVIF_TUNING: Final = {"tune": "ssim", "enable-qm": "1", "min-partition-size": "8"}
# Tuning makes a photograph's file larger. It is as large as before at a quality this share as far from 100.
AVIF_STRICTER: Final = 0.92
# Measured: of differences (tag 317), photographs are a sixth smaller than with deflate, in a third of the time.
# Deflate takes ten times as long where few values repeat, because it looks at all places for longer repetitions.
TIFF_LZW: Final[Mapping[str, Any]] = {"compression": "tiff_lzw", "tiffinfo": {317: 2}}
# How often a GIF or a WebP can repeat.
MAX_PLAYS: Final = 65_535

Metadata = Mapping[str, bytes]
Encoder = Callable[[Sequence[Image.Image], Timing, Output, Metadata], bytes]


def encode(
    images: Sequence[Image.Image], timing: Timing, output: Output, *, exif: bytes = b"", icc: bytes = b""
) -> bytes:
    """Return ``images``, one or the frames of an animation, as one file with the EXIF block and profile given.

    ``timing`` counts as ``timed`` says.
    Raises OutputTooLarge when no quality fits ``output.max_bytes``.
    """
    metadata = {name: value for name, value in (("exif", exif), ("icc_profile", icc)) if value}
    write = ENCODERS[output.format]
    if output.max_bytes is None:
        return write(images, timing, output, metadata)
    from app.imaging.codecs import quality_search

    return quality_search.best(
        lambda quality: write(images, timing, msgspec.structs.replace(output, quality=quality), metadata),
        output.max_bytes,
        ceiling=output.quality,
    )


def timed(timing: Timing, format: str) -> tuple[list[int], Timing]:
    """Return which frames a file of ``format`` shows, and for how long in the unit that it counts in."""
    # An APNG delay is a fraction of two 16-bit numbers: beyond 65 seconds it cannot count single milliseconds.
    hundredths = format == "gif" or (format == "png" and max(timing.durations) > MAX_DURATION // 10)
    return timing.rounded_to(10 if hundredths else 1)


def _jpeg(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    smaller = {"progressive": output.progressive, "optimize": True}
    settings = {"quality": output.quality, "subsampling": "4:2:0", **metadata}
    if "exif" in metadata:
        settings["exif"] = b"Exif\0\0" + metadata["exif"]
    try:
        return plugins.save_image(images[0], "jpeg", **settings, **smaller)
    except OSError:
        # For these two Pillow allocates a buffer by guess, too small for noise at quality 91 to 94.
        return plugins.save_image(images[0], "jpeg", **settings)


def _png(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    from app.imaging.codecs import png_compression

    extra = _animated(images, duration=timing.durations, loop=timing.plays)
    return plugins.save_image(images[0], "png", **png_compression.settings(images[0]), **extra, **metadata)


def _webp(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    extra = _animated(images, duration=timing.durations, loop=min(timing.plays, MAX_PLAYS))
    # For a lossless file, quality is effort.
    how = {"lossless": True, "quality": WEBP_EFFORT} if output.lossless else {"quality": output.quality}
    body = plugins.save_image(images[0], "webp", method=WEBP_METHODS[output.haste], **how, **extra, **metadata)
    if not extra or all(image.mode not in ("LA", "RGBA") for image in images):
        return body
    from app.imaging.headers import webp

    return joined_file(webp.with_alpha_flag(body)).read()


def _avif(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    extra = _animated(images, duration=timing.durations)
    quality = round(100 - AVIF_STRICTER * (100 - output.quality))
    # Chromium takes the samples of every sequence for those of limited range, whatever the file says.
    samples = {"range": "limited"} if extra else {}
    speed = avif_speed(output, images[0].width * images[0].height)
    how = {"quality": quality, "speed": speed, "advanced": AVIF_TUNING, **samples}
    body = plugins.save_image(images[0], "avif", **how, **extra, **metadata)
    return _undated(body) if extra else body


def _undated(body: bytes) -> bytes:
    """Return an AVIF sequence without the time it was made, which would make equal requests unequal under one ETag.

    The fields: ISO/IEC 14496-12, sections 8.2.2, 8.3.2 and 8.4.2.
    """
    from app.imaging.headers.boxes import boxes

    def erase(parent: memoryview) -> None:
        for name, payload in boxes(parent):
            if name in (b"moov", b"trak", b"mdia"):
                erase(payload)
            elif name in (b"mvhd", b"tkhd", b"mdhd"):
                both = 16 if payload[0] == 1 else 8
                payload[4 : 4 + both] = bytes(both)

    file = bytearray(body)
    erase(memoryview(file))
    return bytes(file)


def _tiff(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    # Neither Pillow nor its libtiff write EXIF as it is.
    settings = {**TIFF_LZW, **metadata}
    exif = settings.pop("exif", b"")
    body = plugins.save_image(images[0], "tiff", **settings)
    if not exif:
        return body
    from app.imaging import exif_block

    return exif_block.added(body, exif)


def _gif(images: Sequence[Image.Image], timing: Timing, output: Output, metadata: Metadata) -> bytes:
    if len(images) == 1:
        from app.imaging.codecs.palette import reduced

        return plugins.save_image(reduced(images[0]), "gif")
    from app.imaging.codecs import gif_animation

    # A GIF counts the repeats after the first play; without the block it plays once.
    repeats = None if timing.plays == 1 else min(max(0, timing.plays - 1), MAX_PLAYS)
    return gif_animation.encode(images, timing.durations, repeats)


def _animated(images: Sequence[Image.Image], **settings: Any) -> dict[str, Any]:
    """Return Pillow's settings for an animation, none for a single frame."""
    return {"append_images": list(images[1:]), **settings} if len(images) > 1 else {}


ENCODERS: Final[Mapping[str, Encoder]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
    "tiff": _tiff,
}
