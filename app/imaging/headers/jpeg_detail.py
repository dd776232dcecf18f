"""Which scans of a progressive JPEG do not show where it is decoded at a fraction of its size: ITU-T T.81, annex G.

At an eighth a block of eight by eight coefficients becomes one pixel, its mean; at a quarter four pixels. The finer
coefficients hardly take part in them, and the last bits of the coarser ones are often less than one level.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from app.imaging.headers import Span
from app.imaging.headers.jpeg_scans import Scan

# What may be left out changes pixels by less than a level, in root mean square, whatever its bits are.
_UNSEEN: Final = 1.0
_BLOCK: Final = 8
# The last of the coefficients from whose accuracy libjpeg-turbo decides how it smooths.
_SMOOTHED: Final = 9
# How much of the cosines of 0 to 7 half waves is left where a block of 8 becomes 1, 2 or 4 pixels, each the mean of
# those that it takes the place of: jidctred.c.
_LEFT: Final = {
    1: (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    2: (1.0, 0.906, 0.0, 0.318, 0.0, 0.213, 0.0, 0.18),
    4: (1.0, 0.981, 0.924, 0.831, 0.0, 0.556, 0.383, 0.195),
    8: (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}
# The row and the column of each coefficient, or the other way round, in the order of the file: figure 5.
_ORDER: Final = tuple(
    (row, diagonal - row) for diagonal in range(2 * _BLOCK - 1) for row in range(_BLOCK) if 0 <= diagonal - row < _BLOCK
)
# Four tables are all that there can be; a hostile file has half a million.
_MOST_SEGMENTS, _LONGEST_SEGMENT = 8, 4 * 129


class Component(msgspec.Struct, frozen=True):
    """One color: its number, its sampling factors as the file has them, and the number of its quantization table."""

    number: int
    factors: int
    table: int

    @property
    def across(self) -> int:
        """Return how many samples there are across in a unit."""
        return self.factors >> 4

    @property
    def down(self) -> int:
        """Return how many samples there are down in a unit."""
        return self.factors & 15


def unseen(
    scans: Sequence[Scan], frame: bytes | memoryview, tables: Sequence[bytes | memoryview]
) -> Mapping[int, Sequence[Span]]:
    """Return where the scans are that do not show at a half, a quarter and an eighth, by 2, 4 and 8.

    ``frame`` and ``tables`` are the payloads of the frame header and of all quantization tables; raises struct.error.
    """
    components = [Component(*frame[6 + 3 * index : 9 + 3 * index]) for index in range(frame[5])]
    steps = _steps(tables)
    return {shrink: tuple(_unseen(scans, components, steps, shrink)) for shrink in (2, 4, 8)}


def _steps(tables: Sequence[bytes | memoryview]) -> Mapping[int, Sequence[int]]:
    """Return the steps of the coefficients, in the order of the file, by the number of their table: B.2.4.1.

    Of a table that is defined again each step is the largest; there are none where there are too many tables.
    """
    found: dict[int, Sequence[int]] = {}
    if len(tables) > _MOST_SEGMENTS or any(len(payload) > _LONGEST_SEGMENT for payload in tables):
        return found
    for payload in tables:
        at = 0
        while at < len(payload):
            wide, number = divmod(payload[at], 16)
            layout = struct.Struct(">64H" if wide else ">64B")
            steps = layout.unpack_from(payload, at + 1)
            found[number] = [max(pair) for pair in zip(steps, found.get(number, steps), strict=True)]
            at += 1 + layout.size
    return found


def _unseen(
    scans: Sequence[Scan], components: Sequence[Component], steps: Mapping[int, Sequence[int]], shrink: int
) -> Iterator[Span]:
    sides = {part.number: _side(part, components, shrink) for part in components}
    errors = {part.number: _error(steps.get(part.table, ()), sides[part.number]) for part in components}
    for scan in _further(scans):
        number = scan.components[0]
        if number in sides:
            error = errors[number] * ((1 << scan.known) - 1)
            if sides[number] == 1 or (scan.known and error <= _UNSEEN):
                yield scan.span


def _further(scans: Sequence[Scan]) -> Iterator[Scan]:
    """Yield the scans beyond the means of blocks but for the first of each component.

    Where a decoder has none of the coefficients that it smooths by, it changes the means too: jdcoefct.c.
    """
    begun: set[tuple[int, ...]] = set()
    for scan in scans:
        if scan.first and scan.components in begun:
            yield scan
        if 0 < scan.first <= _SMOOTHED and len(scan.components) == 1:
            begun.add(scan.components)


def _side(component: Component, components: Sequence[Component], shrink: int) -> int:
    """Return how many pixels wide and high a block is decoded; one of fewer samples is enlarged by that: jdmaster.c."""
    least = _BLOCK // shrink
    across = max(part.across for part in components) * least
    down = max(part.down for part in components) * least
    side = least
    while side < _BLOCK and not across % (2 * side * component.across) and not down % (2 * side * component.down):
        side *= 2
    return side


def _error(steps: Sequence[int], side: int) -> float:
    """Return what one step of every coefficient makes of blocks of ``side`` pixels: root mean square, in levels."""
    left = _LEFT[side]
    shown = (left[row] * left[column] * step for step, (row, column) in zip(steps[1:], _ORDER[1:], strict=False))
    return math.hypot(*shown) / _BLOCK if steps else math.inf
