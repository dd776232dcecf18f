"""Reads the header of an AV1 sequence: section 5.5 of https://aomediacodec.github.io/av1-spec/"""

from __future__ import annotations

from typing import Final

import msgspec

from app.imaging.headers.bits import Bits

# The value of a flag of a sequence that each frame chooses for itself.
EACH: Final = 2
_BT709, _SRGB, _IDENTITY, _UNSPECIFIED = 1, 13, 0, 2
# Samples of color per pixel by which sides of their planes are halved.
_PER_PIXEL: Final = {(1, 1): 1.5, (1, 0): 2.0, (0, 0): 3.0}


class SequenceHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a sequence header says: the largest ``width`` and ``height``, bits per sample, samples per pixel.

    ``primaries`` and ``transfer`` are code points of ITU-T H.273, ``grain`` is that of film, which is made anew.
    ``frame`` is what the header of a frame depends on: its first bits are to be skipped where it is None, because no
    frame has a size of its own.
    """

    width: int
    height: int
    depth: int
    samples: float
    primaries: int
    transfer: int
    grain: bool
    frame: FrameSyntax | None


class FrameSyntax(msgspec.Struct, frozen=True):
    """Which fields the header of a frame begins with: bits of its time and of its number, and two flags."""

    time: int
    number: int
    screen_content: int
    whole_motion: int


def read(bits: Bits) -> SequenceHeader:
    """Return what a sequence header says; raises EOFError where it is cut."""
    profile, _, reduced = bits.u(3), bits.u(1), bits.u(1)
    time = 0
    if reduced:
        bits.u(5)
    else:
        time = _operating_points(bits)
    across, down = bits.u(4) + 1, bits.u(4) + 1
    width, height = bits.u(across) + 1, bits.u(down) + 1
    number = 0 if reduced or not bits.u(1) else bits.u(4) + bits.u(3) + 3
    bits.u(3)
    syntax = None if reduced else FrameSyntax(time, number, *_tools(bits))
    bits.u(3)
    depth, samples, primaries, transfer = _colors(bits, profile)
    grain = bool(bits.u(1))
    return SequenceHeader(
        width=width,
        height=height,
        depth=depth,
        samples=samples,
        primaries=primaries,
        transfer=transfer,
        grain=grain,
        frame=syntax,
    )


def _operating_points(bits: Bits) -> int:
    """Skip timing and operating points, and return the bits that a frame tells its time in (5.5.1 to 5.5.5)."""
    delay = time = equal = model = 0
    if bits.u(1):
        bits.u(64)
        equal = bits.u(1)
        if equal:
            bits.ue()
        model = bits.u(1)
        if model:
            delay = bits.u(5) + 1
            bits.u(37)
            time = bits.u(5) + 1
    displayed = bits.u(1)
    for _ in range(bits.u(5) + 1):
        bits.u(12)
        if bits.u(5) > 7:
            bits.u(1)
        if model and bits.u(1):
            bits.u(2 * delay + 1)
        if displayed and bits.u(1):
            bits.u(4)
    return 0 if equal else time


def _tools(bits: Bits) -> tuple[int, int]:
    """Return whether frames have screen content and motion by whole pixels, ``EACH`` where each frame says."""
    bits.u(4)
    ordered = bits.u(1)
    if ordered:
        bits.u(2)
    screen_content = EACH if bits.u(1) else bits.u(1)
    whole_motion = EACH if not screen_content or bits.u(1) else bits.u(1)
    if ordered:
        bits.u(3)
    return screen_content, whole_motion


def _colors(bits: Bits, profile: int) -> tuple[int, float, int, int]:
    """Return bits per sample, samples per pixel, primaries and transfer (section 5.5.2)."""
    high = bits.u(1)
    depth = 12 if profile == 2 and high and bits.u(1) else 10 if high else 8
    gray = profile != 1 and bits.u(1)
    described = bits.u(1)
    primaries, transfer, matrix = (bits.u(8), bits.u(8), bits.u(8)) if described else (_UNSPECIFIED,) * 3
    if gray:
        bits.u(1)
        return depth, 1.0, primaries, transfer
    if (primaries, transfer, matrix) == (_BT709, _SRGB, _IDENTITY):
        bits.u(1)
        return depth, 3.0, primaries, transfer
    bits.u(1)
    if profile != 2:
        halved = (0, 0) if profile else (1, 1)
    elif depth < 12:
        halved = 1, 0
    else:
        halved = (1, bits.u(1)) if bits.u(1) else (0, 0)
    bits.u(3 if halved == (1, 1) else 1)
    return depth, _PER_PIXEL[halved], primaries, transfer
