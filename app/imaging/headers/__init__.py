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
    """Facts of one file; sizes are in pixels, ``stored_*`` as the decoder gives them, before the picture is upright."""

    format: str
    stored_width: int
    stored_height: int
    # Pillow's name for the samples
    mode: str
    # the size of the file
    bytes: int
    orientation: int = 1
    frames: int = 1
    # how often an animation runs, 0 for ever, and how many milliseconds it runs once, where the header tells
    plays: int = 0
    duration: float = 0.0
    alpha: bool = False
    # bits of a sample in the file; samples of a pixel: 1.5 for 4:2:0, 3 for RGB, in AVIF and HEIC with what is cut off
    depth: int = 8
    samples_per_pixel: float = 3.0
    # an ICC profile, embedded or made from what the file says of its colors in other words
    profile: Profile = b""
    # the size of EXIF and profiles, which are copied more often than pixels
    metadata: int = 0
    # the pieces of the EXIF, where they are in the file; a TIFF is EXIF itself
    exif: tuple[memoryview, ...] = ()

    # JPEG: how often it passes over the picture, where those scans are that do not show once its decoder shrinks it by
    # 2, 4 or 8, and whether the marker at its end is missing
    progressive: bool = False
    scans: int = 1
    unseen: Mapping[int, Sequence[Span]] = {}
    open_ended: bool = False

    # APNG: the still picture is none of the frames
    hidden: bool = False
    # GIF and AVIF: the pixels of the largest image, before it is placed or cut
    layer: int = 0
    # AVIF, TIFF, PNG and animated WebP: the bytes that pixels are made of; PNG and WebP: those of the largest frame
    coded: int = 0
    largest: int = 0
    # WebP: every frame is
    lossless: bool = False
    # AVIF: what is decoded for each frame, and whether grain of film is added
    pictures: float = 1.0
    grain: bool = False
    # HEIC: in how many equal parts it is decoded
    tiles: int = 1
    # BMP: coded as runs; the bits of red, green, blue and alpha in a pixel that is unpacked here
    run_length: bool = False
    masks: tuple[int, ...] = ()
    # TIFF: the bytes of the largest part that is unpacked at a time, and of all; the pixels of all, some of them beyond
    # the picture; JPEG or LZMA, if that is how; the orientation from which its decoder turns it upright, 1 for none
    block: int = 0
    unpacked: int = 0
    covered: int = 0
    packing: str = ""
    turned: int = 1
    # PNG, GIF and TIFF: bytes beyond what the samples can take, however they are coded: only attacks have them
    surplus: int = 0

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
        """Return whether samples are inks or Lab, which cannot be averaged as RGB can: they are converted first."""
        return self.mode in ("CMYK", "LAB")

    @property
    def animated(self) -> bool:
        """Return whether there is more than one frame."""
        return self.frames > 1


def deflate_bound(size: int) -> int:
    """Return the most bytes that an encoder makes of so many: blocks that are only copied, and a little for each."""
    return size + size // 100 + 4096
