"""Frames to bytes: one function per format, with the settings that pay for their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
from PIL import Image

from app.imaging import plugins
from app.imaging.choice import Output, avif_speed

# Measured on noise and photographs: below 4 flat graphics grow threefold, above 6 nothing shrinks.
PNG_LEVEL: Final = 6
# Where sharp stands too; 6 takes thirty times as long for noise with alpha.
WEBP_METHOD: Final = 4
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


Encoder = Callable[[Sequence[Image.Image], Motion, Output], bytes]


def encode(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    """Return ``images``, one or the frames of an animation, as one file."""
    return _ENCODERS[output.format](images, motion, output)


def _jpeg(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    small = {"progressive": output.progressive, "optimize": True}
    try:
        return plugins.save_image(images[0], "jpeg", quality=output.quality, subsampling="4:2:0", **small)
    except OSError:
        # Pillow guesses a buffer for these two, too small for hard noise at quality 91 to 94; plain needs none.
        return plugins.save_image(images[0], "jpeg", quality=output.quality, subsampling="4:2:0")


def _png(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    # An APNG's fractions of a second are of 16 bits: beyond 65 seconds only tens of milliseconds fit.
    unit = 1 if max(motion.durations) <= MAX_DURATION // 10 else 10
    extra = _animated(images, duration=motion.whole(unit), loop=motion.plays)
    return plugins.save_image(images[0], "png", compress_level=PNG_LEVEL, **extra)


def _webp(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    extra = _animated(images, duration=motion.whole(1), loop=min(motion.plays, MAX_PLAYS))
    body = plugins.save_image(images[0], "webp", quality=output.quality, method=WEBP_METHOD, **extra)
    return _with_alpha_flag(body) if extra and any(image.mode in ("LA", "RGBA") for image in images) else body


def _with_alpha_flag(body: bytes) -> bytes:
    """Return the animation with the alpha bit of its VP8X chunk set.

    The encoder leaves it out when every frame, cut to what changes, is opaque; but then what no frame
    covers is clear, and some decoders would show it black.
    """
    return body[:20] + bytes((body[20] | 0x10,)) + body[21:]


def _avif(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    extra = _animated(images, duration=motion.whole(1))
    pixels = images[0].width * images[0].height * len(images)
    return plugins.save_image(images[0], "avif", quality=output.quality, speed=avif_speed(pixels), **extra)


def _gif(images: Sequence[Image.Image], motion: Motion, output: Output) -> bytes:
    from app.imaging.palette import reduced

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


_ENCODERS: Final[Mapping[str, Encoder]] = {"jpeg": _jpeg, "png": _png, "webp": _webp, "avif": _avif, "gif": _gif}
