"""The facts in the header of an image, for ``/info``."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from app.config import Limits
from app.errors import UndecodableImage
from app.imaging import metadata, plugins
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, png
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
        orientation=header.orientation,
        alpha=header.alpha,
        mode=header.mode,
        icc=_profile_name(data, header) if header.icc else None,
        bytes=header.bytes,
        exif=metadata.facts(data, header, position=position),
    )


def _profile_name(data: bytes, header: Header) -> str | None:
    """Return the description of the color profile; None when there is none that can be read (ICC.1:2022, 9.2.41)."""
    try:
        with decoding(header.format):
            return _description(_profile(data, header))
    except (UndecodableImage, struct.error, ValueError):
        return None


def _profile(data: bytes, header: Header) -> bytes:
    if header.format == "heic":
        from app.imaging.headers import heic

        return heic.read(data).icc
    image = plugins.open_image(png.strip(data) if header.stripped else data, header.format)
    return image.info.get("icc_profile") or b""


def _description(profile: bytes) -> str | None:
    (count,) = struct.unpack_from(">I", profile, 128)
    for index in range(min(count, 100)):
        name, at, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if name == b"desc":
            return _text(profile[at : at + size])
    return None


def _text(tag: bytes) -> str | None:
    if tag[:4] == b"mluc":
        length, at = struct.unpack_from(">II", tag, 20)
        text = tag[at : at + length].decode("utf-16-be", "replace")
    else:
        (length,) = struct.unpack_from(">I", tag, 8)
        text = tag[12 : 12 + length].decode("ascii", "replace")
    return text.strip("\0 ")[:200] or None
