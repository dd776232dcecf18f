"""Reads the header of any file through its decoder, which does not decode pixels for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import UndecodableImage
from app.core.formats import sniff
from app.imaging import plugins
from app.imaging.headers import Header, icc_profile, ifd

if TYPE_CHECKING:
    from PIL import ImageFile


def scan(data: bytes) -> Header:
    """Return the header; raises whatever the decoder raises, and UndecodableImage."""
    format = sniff(data) or ""
    with plugins.open_image(data, format) as image:
        return opened(image, format, len(data))


def opened(image: ImageFile.ImageFile, format: str, size: int) -> Header:
    """Return the header of an image that was opened, from a file of ``size`` bytes; raises UndecodableImage."""
    if image.mode in ("I", "F"):
        raise UndecodableImage("samples of 32 bits are not supported")
    return Header(
        format=format,
        stored_width=image.width,
        stored_height=image.height,
        mode=image.mode,
        bytes=size,
        # Pillow turns TIFF upright itself while it decodes.
        orientation=ifd.orientation(image.info.get("exif", b"")) if format == "avif" else 1,
        frames=getattr(image, "n_frames", 1) if format == "avif" else 1,
        alpha=image.has_transparency_data,
        depth=16 if image.mode.startswith("I;16") else 8,
        samples_per_pixel=float(len(image.getbands())),
        run_length=format == "bmp" and image.info.get("compression") in (1, 2),
        profile=icc_profile.usable(image.info.get("icc_profile") or b""),
        metadata=sum(len(image.info.get(name) or b"") for name in ("exif", "icc_profile", "xmp")),
    )
