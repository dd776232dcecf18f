"""Reads the header of a TIFF, once its directories are known to be of a size that its decoder can read."""

from __future__ import annotations

from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, ifd, other


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage."""
    with decoding("tiff"):
        ifd.check(data)
    return other.scan(data)
