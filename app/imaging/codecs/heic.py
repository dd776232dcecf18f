"""Decodes HEIC with pi-heif-decoder, which is imported for HEIC alone.

Releases of libheif keep fixing flaws, some of them critical (CVE-2026-84383, GHSA-2jg2-4ch7-h545), in how it reads
files, joins tiles, fits alpha and turns pictures. So it never sees a stranger's file: it gets one coded picture at a
time, in a file that is written here, and Pillow does the rest.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

from app.imaging.headers import heic
from app.imaging.headers.heic import Layer, Still
from app.imaging.headers.hevc import Picture
from app.imaging.headers.transforms import Box
from app.imaging.resample import resample

# Full range, so that of a layer with neutral chroma the first channel is the luma: ITU-T H.273.
_LUMA: Final = b"\0\2\0\2\0\6\x80"
# The flag of samples that use all values, not 16 to 235: ITU-T H.273, section 8.3.
_FULL: Final = 0x80


def decode(data: bytes, *_: object) -> Image.Image:
    """Return the primary picture as it is stored, not yet turned; raises whatever broken data leads to."""
    still = heic.read(data)
    image = _joined(still.color, still.box, "RGB" if still.alpha else still.mode, still.nclx)
    if not still.color.picture.chroma and still.nclx and not still.nclx[-1] & _FULL:  # libheif does so for colors alone
        image = image.point(lambda sample: min(255, max(0, round((sample - 16) * 255 / 219))))
    if still.alpha:
        image.putalpha(_alpha(still, still.alpha))
    if still.premultiplied:
        image = Image.merge("RGBa", image.split())
    return image


def _alpha(still: Still, layer: Layer) -> Image.Image:
    """Return the alpha of what is shown, which may be stored in fewer pixels than the color."""
    if layer.size == still.color.size:
        return _joined(layer, still.box, "L", _LUMA)
    (width, height), (across, down) = still.color.size, layer.size
    left, top, right, bottom = still.box
    box = left * across / width, top * down / height, right * across / width, bottom * down / height
    return resample(_joined(layer, (0, 0, *layer.size), "L", _LUMA), box, still.size)


def _joined(layer: Layer, box: Box, mode: str, nclx: bytes) -> Image.Image:
    """Return ``box`` of a layer in ``mode`` (L or RGB)."""
    picture = layer.picture
    if box == (0, 0, picture.width, picture.height) and len(layer.tiles) == 1:
        return _tile(picture, layer.tiles[0], mode, nclx)
    canvas = Image.new(mode, (box[2] - box[0], box[3] - box[1]))
    for index, slices in enumerate(layer.tiles):
        row, column = divmod(index, layer.columns)
        at = column * picture.width - box[0], row * picture.height - box[1]
        canvas.paste(_tile(picture, slices, mode, nclx), at)
    return canvas


def _tile(picture: Picture, slices: tuple[memoryview, ...], mode: str, nclx: bytes) -> Image.Image:
    """Return one decoded tile in ``mode``, its samples brought to eight bits."""
    from pi_heif.heif import open_heif

    decoded = open_heif(_file(picture, nclx, slices), hdr_to_16bit=True, remove_stride=False)
    pixels = decoded.data
    if decoded.size != (picture.width, picture.height):
        raise ValueError("the decoder contradicts the header")
    own, raw = {"I;16": ("L", "L;16"), "L": ("L", "L"), "RGB": ("RGB", "RGB")}[decoded.mode]
    tile = Image.frombytes(own, decoded.size, pixels, "raw", raw, decoded.stride)
    return tile if own == mode else tile.convert("RGB") if mode == "RGB" else tile.getchannel(0)


def _file(picture: Picture, nclx: bytes, slices: tuple[memoryview, ...]) -> bytes:
    """Return a HEIC of one picture and nothing else: ISO/IEC 23008-12, section 6.2."""
    size = _long(picture.width) + _long(picture.height)
    properties = [_box(b"hvcC", _configuration(picture)), _box(b"ispe", bytes(4), size)]
    if nclx:
        properties.append(_box(b"colr", b"nclx", nclx))
    named = bytes(range(1, len(properties) + 1))
    start = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    length = sum(4 + len(unit) for unit in slices)
    place = _long(len(start) + 8) + _long(length)
    meta = (
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", bytes(4), b"\0\1"),
        _box(b"iloc", bytes(4), b"\x44\0\0\1\0\1\0\0\0\1", place),
        _box(b"iinf", bytes(4), b"\0\1", _box(b"infe", b"\2\0\0\0\0\1\0\0hvc1\0")),
        _box(b"iprp", _box(b"ipco", *properties), _box(b"ipma", bytes(7), b"\1\0\1", bytes((len(named),)), named)),
    )
    data = [part for unit in slices for part in (_long(len(unit)), unit)]
    return b"".join((start, _long(8 + length), b"mdat", *data, _box(b"meta", bytes(4), *meta)))


def _configuration(picture: Picture) -> bytes:
    """Return the HEVC configuration that the parameter sets stand for: ISO/IEC 14496-15, section 8.3.3."""
    depth = 0xF8 | picture.depth - 8
    head = bytes((1, *picture.profile, 0xF0, 0, 0xFC, 0xFC | picture.chroma, depth, depth, 0, 0, 0x0F))
    arrays = [(kind, units) for kind, units in picture.sets.items() if units]
    parts = [head, bytes((len(arrays),))]
    for kind, units in arrays:
        parts += [bytes((0x80 | kind,)), len(units).to_bytes(2, "big")]
        parts += [part for unit in units for part in (len(unit).to_bytes(2, "big"), unit)]
    return b"".join(parts)


def _box(name: bytes, *parts: bytes) -> bytes:
    return b"".join((_long(8 + sum(map(len, parts))), name, *parts))


def _long(number: int) -> bytes:
    return number.to_bytes(4, "big")
