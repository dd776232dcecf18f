"""Reads the animation chunks of a PNG: https://www.w3.org/TR/png-3/#apng-frame-based-animation"""

from __future__ import annotations

import struct
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


class FrameControl(msgspec.Struct, frozen=True):
    """What one frame control states: left, top, right, bottom on the canvas, milliseconds, dispose_op, blend_op."""

    box: tuple[int, int, int, int]
    duration: float
    dispose: int
    blend: int


def read(parts: Sequence[tuple[bytes, bytes]], size: memoryview) -> Animation:
    """Return the animation of a PNG whose IHDR states ``size``; a broken one is none, for browsers show the still.

    ``parts`` are name and content of each chunk, of which no more than ``CONTROL + 1`` bytes are needed.
    """
    names = [name for name, _ in parts]
    if names.count(b"acTL") != 1 or b"IDAT" in names[: names.index(b"acTL")]:
        return Animation()
    chunks = [(name, content) for name, content in parts if name in (b"acTL", b"fcTL", b"fdAT")]
    try:
        controls = [frame_control(payload) for name, payload in chunks if name == b"fcTL"]
    except struct.error:
        return Animation()
    start = next(payload for name, payload in chunks if name == b"acTL")
    announced, plays = (int.from_bytes(start[at : at + 4], "big") for at in (0, 4))
    hidden = b"IDAT" in names[: names.index(b"fcTL")] if controls else True
    canvas = (0, 0, *struct.unpack(">II", size))
    whole = all(_is_whole(control, canvas) for control in controls) and (hidden or controls[0].box == canvas)
    if not 0 < announced <= len(controls) or not whole or not _in_order(chunks) or not _with_pixels(names):
        return Animation()
    return Animation(
        frames=announced,
        plays=plays,
        duration=sum(control.duration for control in controls[:announced]) if announced > 1 else 0.0,
        hidden=hidden,
        alpha=controls[0].box != canvas or any(control.dispose for control in controls),
    )


def frame_control(payload: bytes | memoryview) -> FrameControl:
    """Return what a frame control chunk states; raises struct.error."""
    _, width, height, left, top, delay, unit, dispose, blend = struct.unpack(">5I2H2B", payload)
    return FrameControl((left, top, left + width, top + height), 1000 * delay / (unit or 100), dispose, blend)


def _is_whole(control: FrameControl, canvas: tuple[int, ...]) -> bool:
    """Return whether a control states a box inside the canvas, and operations that there are."""
    left, top, right, bottom = control.box
    inside = left < right <= canvas[2] and top < bottom <= canvas[3]
    return inside and control.dispose <= 2 and control.blend <= 1


def _in_order(chunks: list[tuple[bytes, bytes]]) -> bool:
    """Return whether controls and pixels are numbered in the order they stand in."""
    numbers = [int.from_bytes(payload[:4], "big") for name, payload in chunks if name != b"acTL"]
    return numbers == list(range(len(numbers)))


def _with_pixels(names: list[bytes]) -> bool:
    """Return whether pixels follow each control."""
    kept = [name for name in names if name in (b"fcTL", b"IDAT", b"fdAT")]
    return all(name != b"fcTL" or after != b"fcTL" for name, after in zip(kept, [*kept[1:], b"fcTL"], strict=True))
