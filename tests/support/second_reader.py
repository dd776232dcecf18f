"""Reads files with libraries that the app does not use: libvips, and ExifRead for the EXIF of a TIFF."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import exifread
import pyvips  # type: ignore[import-untyped]

NAMES = ("Make", "Artist", "Copyright", "Orientation", "ExposureTime")


def fields(data: bytes, options: str = "") -> dict[str, Any]:
    """Return everything that libvips says of a file beside its pixels."""
    image = pyvips.Image.new_from_buffer(data, options)
    return {name: image.get(name) for name in image.get_fields()}


def exif(data: bytes) -> dict[str, str]:
    """Return the few fields of EXIF that tests write, as text, by their names in the standard."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        tags = exifread.process_file(BytesIO(data), details=False)
        found = {str(name).split()[-1]: str(value) for name, value in tags.items()}
    else:
        # libvips writes "ACME (ACME, ASCII, 5 components, 5 bytes)"
        every = {name: value for name, value in fields(data).items() if name.startswith("exif-ifd")}
        found = {name.split("-")[-1]: str(value).split(" (")[0].rstrip() for name, value in every.items()}
    return {name: value for name, value in found.items() if name in NAMES}


def profile(data: bytes) -> bytes:
    """Return the ICC profile of a file, empty for none."""
    found: bytes = fields(data).get("icc-profile-data", b"")
    return found


def timing(data: bytes) -> tuple[int, list[int]]:
    """Return how often an animation plays, 0 for ever, and how long each frame shows, in milliseconds."""
    found = fields(data, "n=-1")
    return found["loop"], found["delay"]


def pixel(data: bytes, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    """Return the samples of one pixel."""
    return tuple(round(sample) for sample in pyvips.Image.new_from_buffer(data, "")(*at))


def drawn(width: int, height: int, metadata: dict[str, Any]) -> bytes:
    """Return a JPEG that libvips wrote."""
    image = pyvips.Image.black(width, height, bands=3).copy()
    for name, value in metadata.items():
        image.set_type(pyvips.GValue.gint_type if isinstance(value, int) else pyvips.GValue.gstr_type, name, value)
    written: bytes = image.jpegsave_buffer()
    return written


def in_srgb(data: bytes) -> tuple[int, ...]:
    """Return the first pixel, converted by the profile of the file."""
    image = pyvips.Image.new_from_buffer(data, "").icc_transform("srgb", embedded=True)
    return tuple(round(sample) for sample in image(0, 0))
