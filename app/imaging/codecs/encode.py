"""Frames to bytes: one function per format, with the settings that pay for their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
from PIL import Image

from app.imaging.codecs import plugins, png_compression
from app.imaging.output_format import Output, avif_speed

# Where sharp stands too; 6 takes thirty times as long for noise with alpha.
WEBP_METHOD: Final = 4
# Measured: 75 makes files a twentieth smaller than 25, in twice the time.
WEBP_EFFORT: Final = 50
# Measured at equal bytes: photographs gain 0.002 to 0.004 of SSIM, text more, and a seventh of the time.
AVIF_TUNING: Final = {"tune": "ssim", "enable-qm": "1", "min-partition-size": "8"}
# So tuned, a photograph's file has as many bytes as without where the quality lacks this much less of 100.
AVIF_STRICTER: Final = 0.92
# Milliseconds that one frame of a GIF can show, and times that a GIF can repeat.
MAX_DURATION: Final = 655_350
MAX_PLAYS: Final = 65_535


class Motion(msgspec.Struct, frozen=True):
    """How an animation runs: milliseconds per frame, and how often, 0 for ever."""

    durations: tuple[float, ...]
    plays: int = 0

    def whole(self, unit: int, most: int = MAX_DURATION) -> list[int]:
        """Return the durations as multiples of ``unit`` up to ``most``, rounded so that the total is kept."""
        edges, total = [0], 0.0
        for duration in self.durations:
            total += min(max(duration, 0.0), most)
            edges.append(unit * round(total / unit))
        return [after - before for before, after in pairwise(edges)]


Beside = Mapping[str, bytes]
Encoder = Callable[[Sequence[Image.Image], Motion, Output, Beside], bytes]


def encode(
    images: Sequence[Image.Image], motion: Motion, output: Output, *, exif: bytes = b"", icc: bytes = b""
) -> bytes:
    """Return ``images``, one or the frames of an animation, as one file with the EXIF block and profile given.

    Raises OutputTooLarge when no quality fits ``output.max_bytes``.
    """
    beside = {name: value for name, value in (("exif", exif), ("icc_profile", icc)) if value}
    write = ENCODERS[output.format]
    if output.max_bytes is None:
        return write(images, motion, output, beside)
    from app.imaging.codecs import quality_search

    return quality_search.best(
        lambda quality: write(images, motion, msgspec.structs.replace(output, quality=quality), beside),
        output.max_bytes,
        ceiling=output.quality,
    )


def _jpeg(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    small = {"progressive": output.progressive, "optimize": True}
    usual = {"quality": output.quality, "subsampling": "4:2:0", **beside}
    if "exif" in usual:
        usual["exif"] = b"Exif\0\0" + beside["exif"]
    try:
        return plugins.save_image(images[0], "jpeg", **usual, **small)
    except OSError:
        # Pillow guesses a buffer for these two, too small for hard noise at quality 91 to 94; plain needs none.
        return plugins.save_image(images[0], "jpeg", **usual)


def _png(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    # An APNG's fractions of a second are of 16 bits: beyond 65 seconds only tens of milliseconds fit.
    unit = 1 if max(motion.durations) <= MAX_DURATION // 10 else 10
    extra = _animated(images, duration=motion.whole(unit), loop=motion.plays)
    return plugins.save_image(images[0], "png", **png_compression.settings(images[0]), **extra, **beside)


def _webp(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    extra = _animated(images, duration=motion.whole(1), loop=min(motion.plays, MAX_PLAYS))
    # Without loss, quality is effort.
    how = {"lossless": True, "quality": WEBP_EFFORT} if output.lossless else {"quality": output.quality}
    body = plugins.save_image(images[0], "webp", method=WEBP_METHOD, **how, **extra, **beside)
    return _with_alpha_flag(body) if extra and any(image.mode in ("LA", "RGBA") for image in images) else body


def _with_alpha_flag(body: bytes) -> bytes:
    """Return the animation with the alpha bit of its VP8X chunk set.

    The encoder leaves it out when every frame, cut to what changes, is opaque; but then what no frame
    covers is clear, and some decoders would show it black.
    """
    return body[:20] + bytes((body[20] | 0x10,)) + body[21:]


def _avif(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    extra = _animated(images, duration=motion.whole(1))
    pixels = images[0].width * images[0].height * len(images)
    quality = round(100 - AVIF_STRICTER * (100 - output.quality))
    how = {"quality": quality, "speed": avif_speed(pixels), "advanced": AVIF_TUNING}
    return plugins.save_image(images[0], "avif", **how, **extra, **beside)


def _tiff(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    # Its alpha is either kind; unassociated is what is meant here, and what Pillow writes for RGBA.
    image = images[0].convert("RGBA") if images[0].mode == "LA" else images[0]
    # libtiff, which compresses, cannot write the inner directories of EXIF; plain samples are written without it.
    return plugins.save_image(image, "tiff", compression="raw" if "exif" in beside else "tiff_adobe_deflate", **beside)


def _gif(images: Sequence[Image.Image], motion: Motion, output: Output, beside: Beside) -> bytes:
    from app.imaging.codecs.palette import reduced

    frames = [reduced(image, frames=len(images)) for image in images]
    # Equal frames are merged, and their sum must fit one frame.
    most = MAX_DURATION if sum(motion.durations) <= MAX_DURATION else MAX_DURATION // len(images)
    extra = _animated(frames, duration=motion.whole(10, most), disposal=2)
    if extra and motion.plays != 1:
        # A GIF counts repeats after the first showing; without the block it is shown once.
        extra["loop"] = min(max(0, motion.plays - 1), MAX_PLAYS)
    return plugins.save_image(frames[0], "gif", **extra)


def _animated(images: Sequence[Image.Image], **settings: Any) -> dict[str, Any]:
    """Return Pillow's settings for several frames, none for one."""
    return {"append_images": list(images[1:]), **settings} if len(images) > 1 else {}


ENCODERS: Final[Mapping[str, Encoder]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
    "tiff": _tiff,
}
