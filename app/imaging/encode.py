"""Frames to bytes: one function per format, with the settings that pay for their time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from PIL import Image

from app.imaging import plugins
from app.imaging.choice import Output

PNG_LEVEL: Final = 6
WEBP_METHOD: Final = 4
AVIF_SPEED: Final = 8


def encode(
    images: Sequence[Image.Image], durations: Sequence[float], output: Output, *, progressive: bool, plays: int
) -> bytes:
    """Return the file; ``durations`` in milliseconds, ``plays`` 0 for an endless animation."""
    return _ENCODERS[output.format](images, _Settings(durations, output, progressive, plays))


class _Settings:
    def __init__(self, durations: Sequence[float], output: Output, progressive: bool, plays: int) -> None:
        self.output, self.progressive, self.plays = output, progressive, plays
        self.durations = durations

    def animation(self, images: Sequence[Image.Image], *, unit: int) -> dict[str, Any]:
        """Return Pillow's settings for several frames, durations in whole multiples of ``unit`` milliseconds."""
        if len(images) == 1:
            return {}
        return {"save_all": True, "append_images": list(images[1:]), "duration": whole(self.durations, unit)}


def whole(durations: Sequence[float], unit: int) -> list[int]:
    """Return ``durations`` as multiples of ``unit``, rounded so that the total is kept."""
    edges, total = [0], 0.0
    for duration in durations:
        total += duration
        edges.append(unit * round(total / unit))
    return [after - before for before, after in pairwise(edges)]


def _jpeg(images: Sequence[Image.Image], settings: _Settings) -> bytes:
    quality = settings.output.quality
    return plugins.save_image(
        images[0], "jpeg", quality=quality, progressive=settings.progressive, optimize=True, subsampling="4:2:0"
    )


def _png(images: Sequence[Image.Image], settings: _Settings) -> bytes:
    loop = {"loop": settings.plays} if len(images) > 1 else {}
    return plugins.save_image(images[0], "png", compress_level=PNG_LEVEL, **loop, **settings.animation(images, unit=1))


def _webp(images: Sequence[Image.Image], settings: _Settings) -> bytes:
    extra = settings.animation(images, unit=1)
    loop = {"loop": settings.plays} if extra else {}
    return plugins.save_image(images[0], "webp", quality=settings.output.quality, method=WEBP_METHOD, **loop, **extra)


def _avif(images: Sequence[Image.Image], settings: _Settings) -> bytes:
    extra = settings.animation(images, unit=1)
    return plugins.save_image(images[0], "avif", quality=settings.output.quality, speed=AVIF_SPEED, **extra)


def _gif(images: Sequence[Image.Image], settings: _Settings) -> bytes:
    from app.imaging.palette import reduced

    frames = [reduced(image) for image in images]
    extra = settings.animation(frames, unit=10)
    if extra and settings.plays != 1:
        # A GIF counts repeats after the first showing; without the block it is shown once.
        extra["loop"] = max(0, settings.plays - 1)
    return plugins.save_image(frames[0], "gif", disposal=2, **extra)


_ENCODERS: Final[Mapping[str, Callable[[Sequence[Image.Image], _Settings], bytes]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
}
