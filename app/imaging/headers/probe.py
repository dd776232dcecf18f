"""What a file says about its picture before any pixel is decoded."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

import msgspec

from app.config import Limits
from app.errors import TooManyFrames, TooManyPixels, UndecodableImage, UnsupportedMediaType
from app.formats import FORMATS, installed, readable_labels, sniff

_OWN_READERS: Final = frozenset(("jpeg", "png", "webp", "gif"))


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one file. ``width`` and ``height`` are upright, ``stored_*`` as the decoder gives them; pixels.

    ``mode`` is the decoder's name for its samples, ``depth`` the bits per sample in the file, ``chroma``
    the samples stored per pixel (1.5 for 4:2:0, 3 for RGB). ``plays`` is how often an animation runs,
    0 for ever; ``bytes`` the size of the file. ``adobe`` says that a JPEG carries Adobe's marker.
    ``trimmed`` says that the decoder gets the file without the chunks that it must not see, ``scans`` how often
    a progressive JPEG passes over the picture, ``runs`` that a BMP is run-length coded. ``duration`` is how long an
    animation runs once, in milliseconds, where the header tells. ``ycc`` says that a JPEG surely holds luma and chroma.
    """

    format: str
    stored_width: int
    stored_height: int
    mode: str
    bytes: int
    orientation: int = 1
    frames: int = 1
    plays: int = 0
    alpha: bool = False
    progressive: bool = False
    depth: int = 8
    chroma: float = 3.0
    adobe: bool = False
    ycc: bool = False
    icc: bool = False
    trimmed: bool = False
    scans: int = 1
    runs: bool = False
    duration: float = 0.0

    @property
    def width(self) -> int:
        """Return the width after the EXIF orientation is applied."""
        return self.stored_height if self.orientation >= 5 else self.stored_width

    @property
    def height(self) -> int:
        """Return the height after the EXIF orientation is applied."""
        return self.stored_width if self.orientation >= 5 else self.stored_height

    @property
    def pixels(self) -> int:
        """Return the pixels of one frame."""
        return self.stored_width * self.stored_height

    @property
    def animated(self) -> bool:
        """Tell whether there is more than one frame."""
        return self.frames > 1


def probe(data: bytes, limits: Limits) -> Header:
    """Return the header of ``data``; decodes nothing.

    Raises UnsupportedMediaType, UndecodableImage, TooManyPixels or TooManyFrames.
    """
    format = sniff(data[:64])
    if format is None or not FORMATS[format].readable:
        known = readable_labels("and")
        raise UnsupportedMediaType(f"the bytes are not an image in a supported format ({known})")
    if not installed(format):
        label, hint = FORMATS[format].label, f"pip install -r requirements-{format}.txt"
        detail = f"{label} images need the optional {label} decoder, which is not installed here: {hint}"
        raise UnsupportedMediaType(detail)
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
