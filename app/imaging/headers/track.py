"""Reads a track of an AVIF sequence: where its coded frames are, how long each shows, and how often they play.

ISO/IEC 14496-12, sections 8.3 to 8.7.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import msgspec

from app.imaging.headers.boxes import MOST, Fields, boxes, inside

# What precedes the boxes inside of a sample description, and of a sample entry: sections 8.5.2 and 12.1.3.
_DESCRIPTION, _ENTRY = 8, 78
# The flag of an edit list that begins again where it ends.
_REPEATED = 1


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One track: stated ``size``, the ``properties`` of its pictures, its coded ``samples``, and its times.

    ``duration`` is how long it runs once, in milliseconds, 0 where that is not known; ``steps`` are numbers of frames
    and how long each of them shows. ``plays`` is how often it runs, 0 for ever.
    """

    size: tuple[int, int]
    properties: list[tuple[bytes, memoryview]]
    samples: list[memoryview]
    duration: float
    steps: list[tuple[int, float]]
    plays: int

    def shown(self, frame: int) -> float:
        """Return how many milliseconds a frame shows; the last value of the table counts for all that it lacks."""
        for count, duration in self.steps[:-1]:
            if frame < count:
                return duration
            frame -= count
        return self.steps[-1][1]


def read(file: memoryview, track: memoryview) -> Track:
    """Return a track of AV1 pictures; raises LookupError for another one, or whatever broken data leads to."""
    table = dict(boxes(inside(track, b"mdia", b"minf", b"stbl")))
    entry = dict(boxes(table[b"stsd"][_DESCRIPTION:]))[b"av01"]
    unit, duration = _times(Fields(inside(track, b"mdia", b"mdhd")))
    places = _chunks(table)
    size, whole = _head(Fields(inside(track, b"tkhd")))
    return Track(
        size=size,
        properties=list(boxes(entry[_ENTRY:])),
        samples=list(_samples(file, places, _sizes(table[b"stsz"]), _rows(table[b"stsc"], 3))),
        duration=duration,
        steps=[(count, 1000 * step / unit) for count, step in _rows(table[b"stts"], 2)],
        plays=_plays(track, whole),
    )


def _times(mdhd: Fields) -> tuple[int, float]:
    """Return the units in a second, and how long the track runs, in milliseconds."""
    wide = 8 if mdhd.number(4) >> 24 == 1 else 4
    mdhd.take(2 * wide)
    unit, length = mdhd.number(4), mdhd.number(wide)
    # all ones where it is not known
    return unit, 1000 * length / unit if length + 1 < 1 << 8 * wide else 0.0


def _head(tkhd: Fields) -> tuple[tuple[int, int], float]:
    """Return width and height, and how long the track is with its repeats, in units of the whole file."""
    wide = 8 if tkhd.number(4) >> 24 == 1 else 4
    tkhd.take(2 * wide + 8)
    length = tkhd.number(wide)
    tkhd.take(52)
    size = tkhd.number(4) >> 16, tkhd.number(4) >> 16
    return size, length if length + 1 < 1 << 8 * wide else math.inf


def _plays(track: memoryview, whole: float) -> int:
    """Return how often the frames play, 0 for ever: an edit list may repeat them until the track ends (section 8.6.6).

    Without one nothing is said of it, which browsers take for ever.
    """
    parts = dict(boxes(track))
    if b"edts" not in parts:
        return 0
    elst = Fields(inside(parts[b"edts"], b"elst"))
    version, flags = elst.number(1), elst.number(3)
    if not flags & _REPEATED:
        return 1
    if elst.number(4) != 1:
        raise ValueError("an edit list of more than one part")
    once = elst.number(8 if version == 1 else 4)
    return 0 if math.isinf(whole) else -(-int(whole) // once)


def _sizes(stsz: memoryview) -> list[int]:
    each, count = struct.unpack_from(">4xII", stsz)
    if count > MOST:
        raise ValueError("too many frames")
    return [each] * count if each else list(struct.unpack_from(f">{count}I", stsz, 12))


def _chunks(table: dict[bytes, memoryview]) -> list[int]:
    """Return where each chunk of samples begins in the file."""
    wide = b"co64" in table
    data = table[b"co64" if wide else b"stco"]
    (count,) = struct.unpack_from(">4xI", data)
    if count > MOST:
        raise ValueError("too many chunks")
    return list(struct.unpack_from(f">{count}{'Q' if wide else 'I'}", data, 8))


def _rows(table: memoryview, columns: int) -> list[tuple[int, ...]]:
    """Return the rows of a table of numbers; raises ValueError for none, or too many."""
    (count,) = struct.unpack_from(">4xI", table)
    if not 0 < count <= MOST:
        raise ValueError("no rows, or too many")
    numbers = struct.unpack_from(f">{count * columns}I", table, 8)
    return [numbers[at : at + columns] for at in range(0, len(numbers), columns)]


def _samples(
    file: memoryview, chunks: list[int], sizes: list[int], groups: list[tuple[int, ...]]
) -> Iterator[memoryview]:
    """Yield the data of each sample; a group is its first chunk, from 1, and the samples in each of its chunks."""
    sample = 0
    for (first, each, _), (end, *_) in zip(groups, [*groups[1:], (len(chunks) + 1,)], strict=True):
        if not 0 < first < end or not each:
            raise ValueError("groups of samples that do not follow one another")
        for chunk in chunks[first - 1 : end - 1]:
            at = chunk
            for size in sizes[sample : sample + each]:
                data = file[at : at + size]
                if len(data) < size:
                    raise EOFError
                yield data
                at += size
                sample += 1
    if sample < len(sizes):
        raise EOFError
