"""Reads the header of a file of any format, and refuses what is larger than the limits; decodes nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from app.core.config import Limits
from app.core.errors import TooManyFrames, TooManyPixels, UndecodableImage, UnsupportedMediaType
from app.core.formats import FORMATS, installed, readable_labels, sniff
from app.imaging.headers import Header

_OWN_READERS: Final = frozenset(("jpeg", "png", "webp", "gif", "heic", "avif", "bmp"))


def probe(data: bytes, limits: Limits) -> Header:
    """Return the header of ``data``; decodes nothing.

    Raises UnsupportedMediaType, UndecodableImage, TooManyPixels or TooManyFrames.
    """
    format = sniff(data[:64])
    if format is None or not FORMATS[format].readable:
        known = readable_labels("and")
        raise UnsupportedMediaType(f"the bytes are not an image in a supported format ({known})")
    if not installed(format):
        label, package = FORMATS[format].label, FORMATS[format].package.replace("_", "-")
        raise UnsupportedMediaType(f"{label} images need the decoder {package}, which is not installed here")
    header = _reader(format)(data)
    _check(header, limits)
    return header


def _check(header: Header, limits: Limits) -> None:
    if header.pixels < 1:
        raise UndecodableImage("the image has no pixels")
    if header.pixels > limits.max_source_pixels:
        size = f"{header.width}×{header.height}"
        raise TooManyPixels(f"the source is {size}, more than {limits.max_source_pixels} pixels")
    if header.frames > limits.max_frames:
        raise TooManyFrames(f"the source has {header.frames} frames, more than {limits.max_frames}")


def _reader(format: str) -> Callable[[bytes], Header]:
    """Return the function that reads headers of ``format``; imported when the content asks for it."""
    own = format if format in _OWN_READERS else "other"
    scan: Callable[[bytes], Header] = import_module(f"app.imaging.headers.{own}").scan
    return scan
