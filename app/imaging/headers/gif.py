"""Reads the blocks of a GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from app.core.errors import TooManyFrames, UndecodableImage
from app.imaging.headers import Header

_EXTENSION, _IMAGE, _TRAILER, _STRAY = 0x21, 0x2C, 0x3B, 0x00
_CONTROL, _APPLICATION = 0xF9, 0xFF
# All that is asked of extensions: others are only passed over.
_READ: Final = frozenset((_CONTROL, _APPLICATION))
_LOOPING: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
# How many blocks and sub-blocks are looked at, which takes some 20 ms: all of 38 MB, if each is as long as it can be.
_MOST_STEPS: Final = 150_000
# How many images are described, which takes as long: far more than MONOLAMBDA_MAX_FRAMES allows.
_MOST_IMAGES: Final = 5_000
# Values of the disposal method: clear what the frame covered, or show again what was there before. Some old encoders
# took the latter for a bit of its own.
CLEAR: Final = 2
RESTORE: Final = frozenset((3, 4))


class ImageBlock(msgspec.Struct, frozen=True):
    """One image as stored: left, top, right, bottom on the canvas, milliseconds, and where its parts are in the file.

    ``transparent`` is the index of the color that is not painted, ``table`` the place of the color table, ``pixels``
    that of the coded pixels. ``flags`` are those of the image descriptor.
    """

    box: tuple[int, int, int, int]
    duration: int
    disposal: int
    transparent: int | None
    table: slice
    flags: int
    pixels: slice


def scan(data: bytes) -> Header:
    """Return the header; raises what ``images`` raises, and UndecodableImage where there is none."""
    stored = list(images(data))
    if not stored:
        raise UndecodableImage("the GIF has no frame")
    # As in browsers, the canvas grows with a first image that overhangs it; later ones are cut off.
    width, height = map(max, stated_size(data), stored[0].box[2:])
    return Header(
        format="gif",
        stored_width=width,
        stored_height=height,
        mode="P",
        bytes=len(data),
        frames=len(stored),
        # whole images are decoded, also where the canvas cuts them off
        layer=max((right - left) * (bottom - top) for left, top, right, bottom in (each.box for each in stored)),
        plays=_plays(data),
        alpha=_shows_through(stored, (0, 0, width, height)),
        samples_per_pixel=1.0,
        surplus=sum(map(_surplus, stored)),
        duration=float(sum(image.duration for image in stored)) if len(stored) > 1 else 0.0,
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height of the canvas as the beginning of a file has them; an image may be larger."""
    width, height = struct.unpack_from("<2H", head, 6)
    return width, height


def images(data: bytes) -> Iterator[ImageBlock]:
    """Yield the images in file order.

    Raises IndexError when the file ends inside one, ValueError on unknown blocks, TooManyFrames.
    """
    shared = slice(13, 13 + _table_size(data[10]))
    control = b"\0\0\0\0"
    left = _MOST_IMAGES
    for kind, begin, end in _blocks(data):
        if kind == _CONTROL and data[begin] >= 4:
            control = data[begin + 1 : begin + 5]
        if kind == _IMAGE:
            left -= 1
            if left < 0:
                raise TooManyFrames(f"the source has more than {_MOST_IMAGES} frames")
            yield _image(data, begin, end, control, shared)
            control = b"\0\0\0\0"


def _image(data: bytes, begin: int, end: int, control: bytes, shared: slice) -> ImageBlock:
    left, top, width, height = (_little(data, begin + at) for at in (0, 2, 4, 6))
    size = _table_size(data[begin + 8])
    table = slice(begin + 9, begin + 9 + size) if size else shared
    return ImageBlock(
        box=(left, top, left + width, top + height),
        duration=10 * _little(control, 1),
        disposal=control[0] >> 2 & 7,
        transparent=control[3] if control[0] & 1 else None,
        table=table,
        flags=data[begin + 8],
        pixels=slice(begin + 9 + size, end),
    )


def _blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the kind of each block (an extension's label), and where its content begins and ends.

    Files that lack only the trailer, or have zeros before it, are whole: browsers show them. So are those that end in
    something else behind an image: a part of an extension, or what is no block.
    """
    at, whole, size = 13 + _table_size(data[10]), False, len(data)
    steps = iter(range(_MOST_STEPS))
    for _ in steps:
        mark = data[at] if at < size else _TRAILER
        if mark == _EXTENSION:
            begin = at + 2
            try:
                kind, at = data[at + 1], _chain_end(data, begin, steps)
            except IndexError:
                if whole:
                    return
                raise
            if kind in _READ:
                yield kind, begin, at
        elif mark == _TRAILER:
            return
        elif mark == _IMAGE:
            begin = at + 1
            at = _chain_end(data, begin + 9 + _table_size(data[begin + 8]) + 1, steps)
            yield _IMAGE, begin, at
            whole = True
        elif mark == _STRAY:
            at += 1
        elif whole:
            return
        else:
            raise ValueError(mark)
    raise ValueError("too many blocks")


def _chain_end(data: bytes, at: int, steps: Iterator[int]) -> int:
    """Return the position after the chain of sub-blocks at ``at``, of which each takes one of ``steps``.

    Raises IndexError when the file ends before it does.
    """
    for _ in steps:
        if not data[at]:
            return at + 1
        at += 1 + data[at]
    raise ValueError("too many sub-blocks")


def _plays(data: bytes) -> int:
    """Return how often the animation runs, 0 for ever; decoders look for it before the first image only."""
    for kind, begin, _ in _blocks(data):
        if kind == _IMAGE:
            break
        loops = begin + 1 + data[begin]
        if kind == _APPLICATION and data[begin + 1 : loops] in _LOOPING and data[loops] >= 3 and data[loops + 1] == 1:
            repeats = _little(data, loops + 2)
            return repeats + 1 if repeats else 0
    return 1


def _shows_through(stored: list[ImageBlock], canvas: tuple[int, int, int, int]) -> bool:
    """Return whether part of the canvas can be clear: where the first image does not paint, or after a disposal."""
    first = stored[0]
    cleared = any(image.disposal == CLEAR for image in stored[:-1])
    restored = len(stored) > 1 and first.disposal in RESTORE
    return first.box != canvas or first.transparent is not None or cleared or restored


def _surplus(image: ImageBlock) -> int:
    """Return the bytes that are more than its pixels can take: a code of up to 12 bits for each, and one that clears.

    A hostile image has any number of those that clear the table.
    """
    left, top, right, bottom = image.box
    coded: int = image.pixels.stop - image.pixels.start
    return max(0, coded - 3 * (right - left) * (bottom - top) - 4096)


def _table_size(flags: int) -> int:
    """Return the size of the color table that ``flags`` announce, in bytes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _little(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
