"""The facts in the header of an image, for ``/info``."""

from __future__ import annotations

from typing import Any

import msgspec

from app.core.config import Limits
from app.imaging import metadata
from app.imaging.headers import icc_profile
from app.imaging.headers.probe import probe


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one image. Sizes are upright, in pixels; ``duration`` of an animation in milliseconds.

    ``mode`` is Pillow's name for the samples, ``icc`` the name of the color profile.
    """

    format: str
    width: int
    height: int
    frames: int
    duration: float
    orientation: int
    alpha: bool
    mode: str
    icc: str | None
    bytes: int
    exif: dict[str, Any]


def describe(data: bytes, limits: Limits, *, position: bool = False) -> Info:
    """Return the facts in the header; ``position`` adds where the picture was taken. Raises what ``probe`` raises."""
    header = probe(data, limits)
    return Info(
        format=header.format,
        width=header.width,
        height=header.height,
        frames=header.frames,
        duration=header.duration,
        # What the decoder turns itself is upright in the rest of the header.
        orientation=header.turned if header.turned > 1 else header.orientation,
        alpha=header.alpha,
        mode=header.mode,
        icc=icc_profile.description(header.profile),
        bytes=header.bytes,
        exif=metadata.facts(data, header, position=position),
    )
