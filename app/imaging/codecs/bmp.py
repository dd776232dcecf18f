"""Unpacks the pixels of a BMP whose bits are anywhere, or that has alpha, which Pillow's decoder does not know."""

from __future__ import annotations

import struct

from PIL import Image, ImageMath

from app.imaging.headers import Header

_BYTE = 0xFF


def decode(data: bytes, header: Header, shrink: int = 1) -> Image.Image:
    """Return the picture, RGB or RGBA; raises ValueError for masks that are no masks, or fewer pixels than stated."""
    (begin,) = struct.unpack_from("<I", data, 10)
    width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
    stride = (width * bits + 31) // 32 * 4
    size, order = header.stored_size, 1 if height < 0 else -1
    masks = header.masks if header.alpha else header.masks[:3]
    rows = data[begin : begin + stride * header.stored_height]
    if bits == 32 and all(mask in _BYTES for mask in masks):
        planes = Image.frombytes("RGBA", size, rows, "raw", "RGBA", stride, order).split()
        return Image.merge(header.mode, [planes[_BYTES[mask]] for mask in masks])
    values = Image.frombytes("I", size, rows, "raw", "I;16" if bits == 16 else "I;32", stride, order)
    return Image.merge(header.mode, [_channel(values, mask) for mask in masks])


# Which byte of a pixel is meant by a mask that covers one.
_BYTES = {_BYTE << 8 * index: index for index in range(4)}


def _channel(values: Image.Image, mask: int) -> Image.Image:
    """Return the bits under a mask, brought to eight: the upper ones of more, fewer ones scaled."""
    if not mask:
        return Image.new("L", values.size)
    shift, bits = (mask & -mask).bit_length() - 1, mask.bit_count()
    if mask >> shift != (1 << bits) - 1:
        raise ValueError("the bits of a color are not next to each other")
    most = (1 << min(bits, 8)) - 1
    shift += max(bits - 8, 0)
    found: Image.Image = ImageMath.lambda_eval(lambda images: images["values"] >> shift & most, values=values)
    found = found.convert("L")
    return found if bits >= 8 else found.point([round(255 * min(value, most) / most) for value in range(256)])
