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

# What may be left out changes pixels by less than half a level, in root mean square.
_UNSEEN: Final = 0.5
_BLOCK: Final = 8
# The last of the coefficients from whose accuracy libjpeg-turbo decides how it smooths.
_SMOOTHED: Final = 9
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

    ``frame`` and ``tables`` are the payloads of the frame header and of the quantization tables; raises struct.error.
    """
    components = [Component(*frame[6 + 3 * index : 9 + 3 * index]) for index in range(frame[5])]
    steps = _steps(tables)
    return {shrink: tuple(_unseen(scans, components, steps, shrink)) for shrink in (2, 4, 8)}


def _steps(tables: Sequence[bytes | memoryview]) -> Mapping[int, Sequence[int]]:
    """Return the steps of the coefficients, in the order of the file, by the number of their table: B.2.4.1."""
    found = {}
    for payload in tables[-_MOST_SEGMENTS:]:
        at = 0
        while at < min(len(payload), _LONGEST_SEGMENT):
            wide, number = divmod(payload[at], 16)
            layout = struct.Struct(">64H" if wide else ">64B")
            found[number] = layout.unpack_from(payload, at + 1)
            at += 1 + layout.size
    return found


def _unseen(
    scans: Sequence[Scan], components: Sequence[Component], steps: Mapping[int, Sequence[int]], shrink: int
) -> Iterator[Span]:
    sides = {part.number: _side(part, components, shrink) for part in components}
    errors = {part.number: _error(steps.get(part.table, ()), sides[part.number]) for part in components}
    for scan in _further(scans):
        number, *others = scan.components
        if number in sides and not others:
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
        if 0 < scan.first <= _SMOOTHED:
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
    """Return the root mean square, in levels, of one step of each coefficient that ``side`` pixels can show."""
    shown = [step for step, place in zip(steps, _ORDER, strict=False) if 0 < max(place) < side]
    return math.hypot(*shown) / _BLOCK if steps else math.inf
