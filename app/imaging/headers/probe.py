"""Reads the header of a file of any format, and refuses what is larger than the limits; decodes nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from app.core.config import Limits
from app.core.errors import SourceTooLarge, TooManyFrames, TooManyPixels, UndecodableImage, UnsupportedMediaType
from app.core.formats import FORMATS, installed, readable_labels, sniff
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header

_OWN_READERS: Final = frozenset(("jpeg", "png", "webp", "gif", "heic", "avif", "bmp", "tiff"))


def probe(data: bytes, limits: Limits) -> Header:
    """Return the header of ``data``; decodes nothing.

    Raises SourceTooLarge, UnsupportedMediaType, UndecodableImage, TooManyPixels or TooManyFrames.
    """
    check_bytes(len(data), limits)
    header = read_header(data)
    check_header(header, limits)
    return header


def check_header(header: Header, limits: Limits) -> None:
    """Refuse a source by its header; raise SourceTooLarge, TooManyPixels or TooManyFrames."""
    check_bytes(header.bytes, limits)
    _check_pixels(header.width, header.height, limits)
    if header.layer > limits.max_source_pixels:
        raise TooManyPixels(f"the source has an image of {header.layer} pixels, more than {limits.max_source_pixels}")
    if header.frames > limits.max_frames:
        raise TooManyFrames(f"the source has {header.frames} frames, more than {limits.max_frames}")


def read_header(data: bytes) -> Header:
    """Return the header of an image that is no source here, whatever its size; decodes nothing.

    Raises UnsupportedMediaType or UndecodableImage.
    """
    format = _format(data)
    with decoding(format):
        header: Header = _reader(format).scan(data)
    if header.pixels < 1:
        raise UndecodableImage("the image has no pixels")
    return header


def check_bytes(count: int, limits: Limits) -> None:
    """Raise SourceTooLarge for a source of so many bytes, if that is too many."""
    if count > limits.max_source_bytes:
        raise SourceTooLarge(f"the source has {count} bytes, more than {limits.max_source_bytes}")


def check_front(head: bytes, limits: Limits) -> bool:
    """Refuse a file by its beginning, and return whether more of it may tell its size, which it has not told yet.

    Raises UnsupportedMediaType or TooManyPixels, only where ``probe`` would refuse the whole file too.
    """
    format = _format(head)
    reader = _reader(format)
    # a reader without this finds its whole header in what is there
    stated_size = getattr(reader, "stated_size", lambda head: reader.scan(head).stored_size)
    try:
        with decoding(format):
            width, height = stated_size(head)
    except UndecodableImage:
        return True
    _check_pixels(width, height, limits)
    return False


def _format(data: bytes) -> str:
    """Return the format of a file that can be read here; raise UnsupportedMediaType."""
    format = sniff(data)
    if format is None:
        known = readable_labels("and")
        raise UnsupportedMediaType(f"the bytes are not an image in a supported format ({known})")
    if not installed(format):
        label, package = FORMATS[format].label, FORMATS[format].package
        raise UnsupportedMediaType(f"{label} images need the decoder {package}, which is not installed here")
    return format


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_source_pixels:
        raise TooManyPixels(f"the source is {width}×{height}, more than {limits.max_source_pixels} pixels")


def _reader(format: str) -> Any:
    """Return the module that reads headers of ``format``; imported when the content asks for it."""
    return import_module(f"app.imaging.headers.{format if format in _OWN_READERS else 'other'}")
