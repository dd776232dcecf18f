"""Reads the header of an AVIF, TIFF, BMP or HEIC through its decoder, which does not decode pixels for that."""

from __future__ import annotations

from app.errors import UndecodableImage
from app.formats import sniff
from app.imaging import plugins
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, exif

_ALPHA_MODES = frozenset(("LA", "PA", "RGBA", "La", "RGBa"))
_WIDE_MODES = frozenset(("I", "F", "I;16", "I;16B", "I;16L"))


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage."""
    format = sniff(data[:64]) or ""
    with decoding(format), plugins.open_image(data, format) as image:
        if image.mode in ("I", "F"):
            raise UndecodableImage("samples of 32 bits are not supported")
        frames = getattr(image, "n_frames", 1) if format == "avif" else 1
        return Header(
            format=format,
            stored_width=image.width,
            stored_height=image.height,
            mode=image.mode,
            bytes=len(data),
            # Pillow turns TIFF upright itself while it decodes.
            orientation=exif.orientation(image.info.get("exif", b"")) if format == "avif" else 1,
            frames=frames,
            duration=_duration(data) if frames > 1 else 0.0,
            alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
            depth=16 if image.mode in _WIDE_MODES else 8,
            samples_per_pixel=float(len(image.getbands())),
            run_length=format == "bmp" and image.info.get("compression") in (1, 2),
            icc=bool(image.info.get("icc_profile")),
        )


def _duration(data: bytes) -> float:
    """Return how long an AVIF sequence runs once, in milliseconds (ISO/IEC 14496-12, section 8.4.2)."""
    begin, end = 0, len(data)
    for name in (b"moov", b"trak", b"mdia", b"mdhd"):
        begin, end = _box(data, begin, end, name)
    at, wide = (begin + 20, 8) if data[begin] == 1 else (begin + 12, 4)
    unit = int.from_bytes(data[at : at + 4], "big")
    return 1000 * int.from_bytes(data[at + 4 : at + 4 + wide], "big") / unit


def _box(data: bytes, begin: int, end: int, name: bytes) -> tuple[int, int]:
    """Return begin and end of the payload of the first box of this name in a range; raises EOFError."""
    while begin + 8 <= end:
        size, head = int.from_bytes(data[begin : begin + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[begin + 8 : begin + 16], "big"), 16
        after = begin + size if size else end
        if after > end or after < begin + head:
            raise EOFError
        if data[begin + 4 : begin + 8] == name:
            return begin + head, after
        begin = after
    raise EOFError
