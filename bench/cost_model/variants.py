"""Draws noise in the rarer variants of a format, each of which a decoder handles in a way of its own."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageFile

_DESCRIPTION, _ORIENTATION, _TURNED = 0x010E, 0x0112, 6
_START_OF_SCAN, _SCAN_HEAD = b"\xff\xda", 10
# All of a picture in one strip.
_WHOLE: Final = 1 << 30


def draw(folder: Path, rgba: Image.Image, rgb: Image.Image) -> None:
    """Write the variants of all formats."""
    # an encoder of AVIF at its best quality, and one of TIFF in one strip, write more at a time than Pillow expects
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, 5 * rgba.width * rgba.height)
    (folder / "scans.jpg").write_bytes(separate_scans(rgb))
    rgb.save(folder / "lossless.avif", speed=10, quality=100, subsampling="4:4:4")
    turned = {_ORIENTATION: _TURNED}
    rgba.save(folder / "strip.tif", compression="tiff_adobe_deflate", strip_size=_WHOLE, tiffinfo=turned)
    (folder / "runs.bmp").write_bytes(run_length_bmp(rgb.size))
    rgba.save(folder / "hidden.png", compress_level=1, save_all=True, append_images=[rgba], default_image=True)
    small = rgb.resize((rgb.width // 4, rgb.height // 4))
    small.save(folder / "exif.png", compress_level=1, exif=exif(4 * rgb.width * rgb.height))


def separate_scans(rgb: Image.Image, quality: int = 90) -> bytes:
    """Return a JPEG that is not progressive and has one scan for each color, so that a decoder keeps coefficients."""
    coded = [_gray_jpeg(channel, quality) for channel in rgb.convert("YCbCr").split()]
    scans = [data.index(_START_OF_SCAN) for data in coded]
    frame = coded[0].index(b"\xff\xc0")
    rest = frame + 2 + int.from_bytes(coded[0][frame + 2 : frame + 4], "big")
    parts = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    head = struct.pack(">2sHBHHB", b"\xff\xc0", 17, 8, rgb.height, rgb.width, 3) + parts
    body = [
        _START_OF_SCAN + struct.pack(">HBBBBBB", 8, 1, number, 0, 0, 63, 0) + data[scan + _SCAN_HEAD : -2]
        for number, (data, scan) in enumerate(zip(coded, scans, strict=True), 1)
    ]
    return b"".join((coded[0][:frame], head, coded[0][rest : scans[0]], *body, b"\xff\xd9"))


def _gray_jpeg(channel: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    channel.save(out, "JPEG", quality=quality)
    return out.getvalue()


def run_length_bmp(size: tuple[int, int]) -> bytes:
    """Return a BMP of a few bytes, each of whose lines ends after one pixel: a decoder fills in the others."""
    palette = np.random.default_rng(7).integers(0, 256, 1024, np.uint8).tobytes()
    pixels = b"\1\7\0\0" * size[1] + b"\0\1"
    info = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    begin = 14 + len(info) + len(palette)
    return struct.pack("<2sI4xI", b"BM", begin + len(pixels), begin) + info + palette + pixels


def exif(size: int) -> bytes:
    """Return an EXIF block with a description of ``size`` characters."""
    entry = struct.pack("<HHII", _DESCRIPTION, 2, size, 26)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + bytes(4) + b"a" * size
