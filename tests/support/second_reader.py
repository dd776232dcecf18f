"""Reads and writes files with libraries that the app does not use: libvips, and ExifRead for the EXIF of a TIFF."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import exifread
import numpy as np
import pyvips  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

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


def tiff(mode: str, format: str, *, interpretation: str = "", xmp: bytes = b"", **settings: Any) -> bytes:
    """Return a TIFF of 16 by 8 pixels whose samples have libvips's ``format``."""
    grey = pyvips.Image.grey(16, 8, uchar=True)
    image = grey.bandjoin([grey] * (len(mode) - 1)).cast(format)
    usual = {"ushort": {"LA": "grey16"}.get(mode, "rgb16")}.get(format, "b-w" if mode == "L" else "srgb")
    image = image.copy(interpretation=interpretation or usual)
    if xmp:
        image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    written: bytes = image.tiffsave_buffer(**settings)
    return written


def frames(data: bytes) -> list[NDArray[np.uint8]]:
    """Return every frame as RGBA, rows by columns by four."""
    strip = pyvips.Image.new_from_buffer(data, "", n=-1)
    if strip.bands == 3:
        strip = strip.bandjoin(255)
    height = strip.get("page-height")
    pixels = strip.numpy()
    return [pixels[top : top + height] for top in range(0, strip.height, height)]


def samples(data: bytes) -> NDArray[np.uint8]:
    """Return the samples of a still image, rows by columns by bands."""
    found: NDArray[np.uint8] = np.atleast_3d(pyvips.Image.new_from_buffer(data, "").numpy())
    return found


def durations(data: bytes) -> list[int]:
    """Return how long each frame of an animation shows, in milliseconds."""
    return list(fields(data, "n=-1")["delay"])


def loop(data: bytes) -> int:
    """Return how often an animation plays, as libvips counts; 0 for ever."""
    return int(fields(data, "n=-1")["loop"])


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


def gif(images: Sequence[Image.Image], *, delay: int) -> bytes:
    """Return an endless GIF that libvips wrote."""
    strip = np.concatenate([np.asarray(image.convert("RGB")) for image in images])
    image = pyvips.Image.new_from_array(strip, interpretation="srgb").copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", images[0].height)
    image.set_type(pyvips.GValue.array_int_type, "delay", [delay] * len(images))
    image.set_type(pyvips.GValue.gint_type, "loop", 0)
    written: bytes = image.gifsave_buffer(dither=0)
    return written


def reduced(data: bytes, width: int) -> NDArray[np.float64]:
    """Return the picture, which has alpha, in another width, as sharp reduces it: weighted by alpha, not rounded."""
    image = pyvips.Image.new_from_buffer(data, "")
    smaller = image.premultiply().resize(width / image.width, kernel="lanczos3")
    pixels: NDArray[np.float64] = smaller.unpremultiply().numpy().astype(np.float64)
    return pixels.clip(0, 255)


def resized(samples: NDArray[np.uint8], width: int) -> NDArray[np.int64]:
    """Return opaque samples in another width, as sharp reduces them."""
    image = pyvips.Image.new_from_array(np.ascontiguousarray(samples))
    smaller: NDArray[np.int64] = image.resize(width / image.width, kernel="lanczos3").numpy().astype(np.int64)
    return smaller


def press_profile() -> bytes:
    """Return the profile for four inks that libvips has built in."""
    image = pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb").icc_export(output_profile="cmyk")
    found: bytes = image.get("icc-profile-data")
    return found


def converted(data: bytes, width: int) -> NDArray[np.int64]:
    """Return a picture that has a profile in sRGB, and then in another width."""
    return resized(srgb_samples(data), width)


def srgb_samples(data: bytes) -> NDArray[np.uint8]:
    """Return the samples of a picture that has a profile, in sRGB."""
    image = pyvips.Image.new_from_buffer(data, "").icc_transform("srgb", embedded=True, intent="perceptual")
    found: NDArray[np.uint8] = image.numpy()
    return found


def in_srgb(data: bytes) -> tuple[int, ...]:
    """Return the first pixel, converted by the profile of the file."""
    image = pyvips.Image.new_from_buffer(data, "").icc_transform("srgb", embedded=True)
    return tuple(round(sample) for sample in image(0, 0))
