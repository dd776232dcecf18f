"""Reads the header of a BMP: which bits of a pixel are which color, and whether it has alpha, as browsers see it.

The structures: https://learn.microsoft.com/windows/win32/gdi/bitmap-header-types
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from app.imaging.headers import Header, icc_profile, other

# Sizes of the header: the first with a mask for alpha, with color spaces, with a profile.
_V3, _V4, _V5 = 56, 108, 124
_INFO: Final = 40
# Values of biCompression.
_PLAIN, _MASKS, _MASKS_WITH_ALPHA = 0, 3, 6
_USUAL: Final = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
# The masks that the decoder knows, and reads as fast as anything, by the bits of a pixel.
_KNOWN: Final = {
    16: ((0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)),
    32: ((0xFF0000, 0xFF00, 0xFF, 0), (0, 0, 0, 0)),
}
_EMBEDDED: Final = b"DEBM"


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    masks, profile = _masks(data), _profile(data)
    if not masks:
        return msgspec.structs.replace(other.scan(data), profile=profile, metadata=len(profile))
    width, height = struct.unpack_from("<ii", data, 18)
    return Header(
        format="bmp",
        stored_width=max(width, 0),
        stored_height=abs(height),
        mode="RGBA" if masks[3] else "RGB",
        bytes=len(data),
        alpha=bool(masks[3]),
        samples_per_pixel=4.0 if masks[3] else 3.0,
        profile=profile,
        metadata=len(profile),
        masks=masks,
    )


def _masks(data: bytes) -> tuple[int, ...]:
    """Return the masks of red, green, blue and alpha, empty where the decoder is to read the file as it does."""
    (size,) = struct.unpack_from("<I", data, 14)
    if size < _INFO:
        return ()
    bits, compression = struct.unpack_from("<HI", data, 28)
    if bits == 32 and compression == _PLAIN and size >= _V4 and struct.unpack_from("<I", data, 66)[0]:
        # a mask for alpha says that there is some, and the usual byte is where it is
        return _USUAL
    if bits not in _KNOWN or compression not in (_MASKS, _MASKS_WITH_ALPHA):
        return ()
    alpha = size >= _V3 or compression == _MASKS_WITH_ALPHA
    masks = struct.unpack_from("<4I" if alpha else "<3I", data, 54)
    masks = masks if alpha else (*masks, 0)
    return () if masks in _KNOWN[bits] else masks


def _profile(data: bytes) -> bytes:
    """Return the ICC profile that the newest header can refer to."""
    (size,) = struct.unpack_from("<I", data, 14)
    if size < _V5 or data[70:74] != _EMBEDDED:
        return b""
    at, length = struct.unpack_from("<II", data, 126)
    return icc_profile.usable(data[14 + at : 14 + at + length])
