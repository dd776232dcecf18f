"""Reads the header of a TIFF through its decoder, and how much of the file is unpacked at a time: TIFF 6.0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core.errors import UndecodableImage
from app.imaging import plugins
from app.imaging.headers import Header, Span, deflate_bound, icc_profile, ifd, other, tiff_jpeg

if TYPE_CHECKING:
    from PIL import ImageFile

_BITS, _COMPRESSION, _COLORS, _ORIENTATION, _SAMPLES = 258, 259, 262, 274, 277
_ROWS, _PLANES, _TILE_WIDTH, _TILE_HEIGHT, _SAMPLE_FORMAT = 278, 284, 322, 323, 339
_WHITE, _D50 = 318, (0.3457, 0.3585)
_SIZE: Final = frozenset((256, 257))
# Not packed, and packed as WebP, which Pillow's libtiff is built without.
_PLAIN, _WEBP = 1, 50_001
_PACKINGS: Final = {7: "jpeg", 34_925: "lzma"}
# Deflate under two numbers, LZMA and Zstandard, which copy what they cannot shorten.
_BOUNDED: Final = frozenset((8, 32_946, 34_925, 50_000))
# Gray samples that are lighter the smaller they are.
_WHITE_IS_ZERO: Final = 0
# What samples are where they are not unsigned integers.
_SAMPLE_FORMATS: Final[Mapping[int, str]] = {2: "signed integers", 3: "floats"}
# Samples of one channel after the other, and colors as brightness and two differences.
_APART, _YCBCR = 2, 6
# The strips and tiles themselves, and tables of them.
_STRIPS, _TILES = (273, 279), (324, 325)
_PIXELS: Final = frozenset((*_STRIPS, *_TILES))
_PROFILE: Final = 34675
# The longest value in bytes of those that say how pixels are read, which have numbers below those of what others added.
_LONGEST, _PRIVATE = 1 << 17, 700
# All values of the first directory that are shorter, in bytes.
_MOST_READ: Final = 1 << 22
# The description, and the curve of an output device, which make no pixel here; nor does what is text.
_WORDS: Final = frozenset((270, 301))
_TEXT: Final = 2
# Pillow makes a tile of each strip, in a time that grows with their square: what one takes, as bytes of metadata.
_MOST_STRIPS, _STRIP = 1 << 15, 60
_BIG_ENDIAN: Final = b"MM\0+"
# The bits per pixel that a decoder of brightness and differences works in: three samples, and four of RGBA.
_YCBCR_BITS: Final = 56
# Of a picture that is kept reduced; further directories; and what a camera writes, which keeps its raw data in these.
_SUBFILE, _FURTHER, _DNG, _CANON = 254, 330, 50_706, b"CR"
_FILL_ORDER, _EXTRA = 266, 338
_RAW: Final = "camera raw is not supported: what is easy to read of it is a thumbnail"
_SEPARATE: Final = (
    "a TIFF with a plane for each channel is supported for RGB, RGBA and CMYK only, and where it is not compressed for "
    "8 bits and straight alpha only"
)
_REVERSED: Final = "a TIFF whose bits are in reverse order is not supported with a color map or where 0 is white"
_UNKNOWN: Final = (
    "this kind of TIFF is not supported, or its directory is broken: "
    "expected unsigned integer samples of at most 8 bits, or of 16 in RGB, CMYK or gray where 0 is black, "
    "without alpha in CMYK or in gray of 16 bits, in a compression other than WebP"
)


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage for a kind that the decoder does not know, or whatever is broken."""
    if data[:4] == _BIG_ENDIAN:
        raise UndecodableImage("BigTIFF with the most significant byte first is not supported")
    values = ifd.check(data)
    entries = ifd.first(data).entries
    if _is_raw(data, entries):
        raise UndecodableImage(_RAW)
    strips = max((entry.count for entry in entries if entry.tag in _PIXELS), default=0)
    if strips > _MOST_STRIPS:
        raise UndecodableImage(f"a TIFF of more than {_MOST_STRIPS} strips or tiles is not supported")
    profile = next((ifd.value(data, entry) for entry in entries if entry.tag == _PROFILE), b"")
    with _opened(data, entries) as image:
        tags: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
        _check_kind(image.mode, tags)
        block, total = unpacked(tags)
        across, rows, blocks = _grid(tags)
        places = _places(tags, len(data))
        coded = sum(end - begin for begin, end in places)
        packing = _PACKINGS.get(tags.get(_COMPRESSION, _PLAIN), "")
        if packing == "jpeg":
            tiff_jpeg.check(data, places, across, rows)
        return msgspec.structs.replace(
            other.opened(image, "tiff", len(data)),
            block=block,
            unpacked=total,
            covered=across * rows * blocks,
            packing=packing,
            coded=coded,
            surplus=max(0, coded - deflate_bound(total)) if tags.get(_COMPRESSION) in _BOUNDED else 0,
            turned=_turned(tags),
            profile=icc_profile.usable(bytes(profile)),
            metadata=values + _STRIP * strips,
        )


def _is_raw(data: bytes, entries: Sequence[ifd.Entry]) -> bool:
    """Return whether a camera's raw data is in the file; a decoder would show the thumbnail beside it."""
    tags = {entry.tag: entry for entry in entries}
    layout = ifd.TiffLayout.of(data)
    reduced = _SUBFILE in tags and layout.integer(tags[_SUBFILE].value[: tags[_SUBFILE].size]) & 1
    return _DNG in tags or data[8:10] == _CANON or bool(reduced and _FURTHER in tags)


def _opened(data: bytes, entries: Sequence[ifd.Entry]) -> ImageFile.ImageFile:
    """Return the image without what is long and makes no pixel.

    Pillow copies every value twice, and nobody has asked yet whether there is memory for that.
    """
    kinds = {entry.tag: entry.kind for entry in entries if entry.size > _LONGEST and entry.tag not in _PIXELS}
    long, making_pixels = kinds.keys(), {tag for tag, kind in kinds.items() if kind != _TEXT} - _WORDS
    read = sum(entry.size for entry in entries if entry.tag not in long | _PIXELS)
    if min(making_pixels, default=_PRIVATE) < _PRIVATE or read > _MOST_READ:
        raise ValueError("the values are longer than any file needs")
    try:
        return plugins.open_image(ifd.without(data, long) if long else data, "tiff")
    except (SyntaxError, LookupError) as exc:
        if {entry.tag for entry in entries} >= _SIZE:
            raise UndecodableImage(_UNKNOWN) from exc
        raise


def _check_kind(mode: str, tags: Mapping[int, Any]) -> None:
    """Raise UndecodableImage for what the decoder opens, and then fails at or shows wrong."""
    kind = _SAMPLE_FORMATS.get(tags.get(_SAMPLE_FORMAT, (1,))[0])
    if kind or mode in ("I", "F"):
        samples = f"{kind or 'integers'} of {max(tags.get(_BITS, (1,)))} bits"
        raise UndecodableImage(f"a TIFF of {samples} is not supported: expected unsigned integers of at most 16 bits")
    dark = tags.get(_BITS) == (12,)
    inverted = tags.get(_COLORS) == _WHITE_IS_ZERO and mode.startswith("I;16")
    if dark or inverted or tags.get(_COMPRESSION) == _WEBP:
        raise UndecodableImage(_UNKNOWN)
    bits, samples = tags.get(_BITS, (1,)), tags.get(_SAMPLES, 1)
    plain = tags.get(_COMPRESSION, _PLAIN) == _PLAIN
    if tags.get(_PLANES) == _APART and samples > 1:
        premultiplied = 1 in tags.get(_EXTRA, ())
        if samples == 2 or (plain and (max(bits) > 8 or premultiplied)):
            raise UndecodableImage(_SEPARATE)
    if plain and tags.get(_FILL_ORDER) == 2:
        inverted = tags.get(_COLORS) == _WHITE_IS_ZERO and bits == (8,)
        if inverted or (mode == "P" and max(bits) < 8):
            raise UndecodableImage(_REVERSED)
    # Lab is read as ICC has it, under D50; under the white of ImageMagick's files its blue would be violet.
    if mode == "LAB" and math.dist(tags.get(_WHITE, _D50), _D50) > 0.002:
        raise UndecodableImage("Lab TIFF with another white than D50 is not supported")


def _turned(tags: Mapping[int, Any]) -> int:
    """Return the orientation from which Pillow turns a TIFF upright, 1 for none."""
    stated = tags.get(_ORIENTATION, 1)
    return int(stated) if stated in range(2, 9) else 1


def unpacked(tags: Mapping[int, Any]) -> tuple[int, int]:
    """Return the bytes of the largest strip or tile once it is unpacked, and of all; 0 where nothing is packed.

    A tile may be far larger than the picture, and its pixels are unpacked all the same.
    """
    if tags.get(_COMPRESSION, _PLAIN) == _PLAIN:
        return 0, 0
    across, rows, blocks = _grid(tags)
    bits, samples = tags.get(_BITS, (1,)), tags.get(_SAMPLES, 1)
    whole = sum(bits) if len(bits) > 1 else bits[0] * samples
    if tags.get(_COLORS) == _YCBCR:
        whole = max(whole, _YCBCR_BITS)
    part = max(bits) if tags.get(_PLANES, 1) == _APART else whole
    return across * rows * part // 8, blocks * across * rows * whole // 8


def _grid(tags: Mapping[int, Any]) -> tuple[int, int, int]:
    """Return width and height of a strip or tile, and how many cover the picture."""
    wide, high = tags[256], tags[257]
    across, rows = wide, max(1, min(tags.get(_ROWS, high), high))
    if _TILE_WIDTH in tags:
        across, rows = max(1, tags[_TILE_WIDTH]), max(1, tags[_TILE_HEIGHT])
    return across, rows, -(-wide // across) * -(-high // rows)


def _places(tags: Mapping[int, Any], size: int) -> list[Span]:
    """Return where the strips and tiles are in a file of so many bytes; one without a length may take all the rest."""
    found: list[Span] = []
    # its decoder takes either for what the picture is stored in
    for kind in (_STRIPS, _TILES):
        begins, lengths = (tags.get(tag, ()) for tag in kind)
        pairs = zip_longest(begins, lengths[: len(begins)], fillvalue=0)
        found += [(begin, min(begin + length, size) if length else size) for begin, length in pairs if begin < size]
    return found
