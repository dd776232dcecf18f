"""Reads the animation chunks of a PNG: https://www.w3.org/TR/png-3/#apng-frame-based-animation"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

# The bytes of a frame control chunk.
CONTROL: Final = 26


class Animation(msgspec.Struct, frozen=True):
    """What the chunks announce: frames (0 for a still), plays (0 for ever), milliseconds in all.

    ``hidden`` says that the still picture of the file is none of the frames, ``alpha`` that part of the canvas can be
    clear although every sample is opaque.
    """

    frames: int = 0
    plays: int = 0
    duration: float = 0.0
    hidden: bool = False
    alpha: bool = False


def read(parts: Sequence[tuple[bytes, bytes]], size: bytes) -> Animation:
    """Return the animation of a PNG whose IHDR states ``size``; a broken one is none, for browsers show the still.

    ``parts`` are name and content of each chunk, of which no more than ``CONTROL + 1`` bytes are needed.
    """
    names = [name for name, _ in parts]
    if names.count(b"acTL") != 1 or b"IDAT" in names[: names.index(b"acTL")]:
        return Animation()
    chunks = [(name, content) for name, content in parts if name in (b"acTL", b"fcTL", b"fdAT")]
    controls = [payload for name, payload in chunks if name == b"fcTL"]
    start = next(payload for name, payload in chunks if name == b"acTL")
    announced, plays = (int.from_bytes(start[at : at + 4], "big") for at in (0, 4))
    hidden = b"IDAT" in names[: names.index(b"fcTL")] if controls else True
    whole = all(_is_whole(control, size) for control in controls) and (hidden or controls[0][4:20] == size + bytes(8))
    if not 0 < announced <= len(controls) or not whole or not _in_order(chunks) or not _with_pixels(names):
        return Animation()
    return Animation(
        frames=announced,
        plays=plays,
        duration=sum(_delay(control) for control in controls[:announced]) if announced > 1 else 0.0,
        hidden=hidden,
        alpha=controls[0][4:20] != size + bytes(8) or any(control[24] for control in controls),
    )


def _is_whole(control: bytes, size: bytes) -> bool:
    """Return whether a control states a box inside the canvas, and operations that there are."""
    if len(control) != CONTROL or control[24] > 2 or control[25] > 1:
        return False
    width, height, left, top = (int.from_bytes(control[at : at + 4], "big") for at in (4, 8, 12, 16))
    wide, high = (int.from_bytes(size[at : at + 4], "big") for at in (0, 4))
    return 0 < width <= wide - left and 0 < height <= high - top


def _in_order(chunks: list[tuple[bytes, bytes]]) -> bool:
    """Return whether controls and pixels are numbered in the order they stand in."""
    numbers = [int.from_bytes(payload[:4], "big") for name, payload in chunks if name != b"acTL"]
    return numbers == list(range(len(numbers)))


def _with_pixels(names: list[bytes]) -> bool:
    """Return whether pixels follow each control."""
    kept = [name for name in names if name in (b"fcTL", b"IDAT", b"fdAT")]
    return all(name != b"fcTL" or after != b"fcTL" for name, after in zip(kept, [*kept[1:], b"fcTL"], strict=True))


def _delay(control: bytes) -> float:
    """Return how long a frame shows, in milliseconds."""
    return 1000 * int.from_bytes(control[20:22], "big") / (int.from_bytes(control[22:24], "big") or 100)
