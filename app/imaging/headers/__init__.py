"""Reads what a file states about its image, without decoding pixels: one scanner per container format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

# How many segments, chunks or blocks of one file are looked at, which takes some 20 ms. A PNG of 32 MiB in the usual
# chunks of 8 KiB has 4096; a hostile one has three million.
MOST_PARTS: Final = 20_000

Profile = bytes
# Where a part of a file begins and ends.
Span = tuple[int, int]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one file. ``width`` and ``height`` are upright, ``stored_*`` as the decoder gives them; pixels.

    ``mode`` is Pillow's name for the samples, ``depth`` the bits per sample in the file, ``samples_per_pixel`` how many
    are stored (1.5 for 4:2:0, 3 for RGB), in a HEIC and an AVIF with those that are cut off. ``plays`` is how often an
    animation runs, 0 for ever, ``duration`` how long it runs once, in milliseconds, where the header tells. ``bytes``
    is the size of the file. ``profile`` is an ICC profile of the colors, embedded or made from what the file says of
    them in other words; empty for none. ``hidden`` says that the still picture of an APNG is none of its frames,
    ``layer`` is how many pixels the largest image of a GIF has, which may be larger than its canvas, and that of an
    AVIF before it is cut, ``scans`` how often a JPEG passes over the picture, ``unseen`` where those scans of a
    progressive one are that do not show once its decoder shrinks it by 2, 4 or 8, ``open_ended`` that a JPEG lacks the
    marker at its end. ``coded`` are the bytes of an AVIF, a TIFF, a PNG or an animated WebP that pixels are made of,
    ``largest`` those of the largest frame of the latter two, ``lossless`` says that all frames of the WebP are,
    ``pictures`` is how many are decoded for each frame, ``grain`` says that grain of film is added to them. ``tiles``
    is in how many equal parts a HEIC is decoded. ``run_length`` is a BMP that is coded so, ``masks`` are the bits of
    red, green, blue and alpha in a pixel of one whose pixels are unpacked here. ``block`` is the largest part of a TIFF
    that is unpacked at a time, ``unpacked`` all of them, in bytes, and ``covered`` in pixels, some of which may lie
    beyond the picture; ``packing`` is how, if that is JPEG or LZMA; ``turned`` is the orientation that its decoder
    turns it upright from, 1 for none. ``surplus`` are the bytes of a PNG, a GIF or a TIFF that are more than its
    samples can take, however they are coded: only attacks have them. ``metadata`` is the size of EXIF and profiles,
    which are copied more often than pixels. ``exif`` are the pieces of the EXIF, where they are in the file; a TIFF is
    EXIF itself.
    """

    format: str
    stored_width: int
    stored_height: int
    mode: str
    bytes: int
    orientation: int = 1
    frames: int = 1
    plays: int = 0
    alpha: bool = False
    progressive: bool = False
    depth: int = 8
    samples_per_pixel: float = 3.0
    profile: Profile = b""
    hidden: bool = False
    layer: int = 0
    coded: int = 0
    largest: int = 0
    lossless: bool = False
    pictures: float = 1.0
    grain: bool = False
    scans: int = 1
    unseen: Mapping[int, Sequence[Span]] = {}
    open_ended: bool = False
    tiles: int = 1
    run_length: bool = False
    masks: tuple[int, ...] = ()
    duration: float = 0.0
    block: int = 0
    unpacked: int = 0
    covered: int = 0
    packing: str = ""
    surplus: int = 0
    turned: int = 1
    metadata: int = 0
    exif: tuple[memoryview, ...] = ()

    @property
    def width(self) -> int:
        """Return the width after the EXIF orientation is applied."""
        return self.stored_height if self.orientation >= 5 else self.stored_width

    @property
    def height(self) -> int:
        """Return the height after the EXIF orientation is applied."""
        return self.stored_width if self.orientation >= 5 else self.stored_height

    @property
    def stored_size(self) -> tuple[int, int]:
        """Return width and height as the decoder gives them."""
        return self.stored_width, self.stored_height

    @property
    def pixels(self) -> int:
        """Return the pixels of one frame."""
        return self.stored_width * self.stored_height

    @property
    def mixes_unlike_rgb(self) -> bool:
        """Return whether the samples are inks or Lab: half of each of two has another hue than their colors' middle."""
        return self.mode in ("CMYK", "LAB")

    @property
    def animated(self) -> bool:
        """Return whether there is more than one frame."""
        return self.frames > 1


def deflate_bound(size: int) -> int:
    """Return the most bytes that an encoder makes of so many: blocks that are only copied, and a little for each."""
    return size + size // 100 + 4096
