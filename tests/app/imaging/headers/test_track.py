"""Where the frames of a sequence are and how long each shows, of an encoder's files and of tables written here."""

from __future__ import annotations

import struct

import pytest

from app.imaging.headers import track
from app.imaging.headers.track import Track
from tests.support import drawing
from tests.support.heic import box, boxes, number

MOVING = drawing.animation("AVIF", drawing.moving(), duration=[100, 250, 40, 610])


def table(*rows: tuple[int, ...]) -> bytes:
    return bytes(4) + number(len(rows), 4) + b"".join(number(each, 4) for row in rows for each in row)


def written(
    data: bytes,
    *,
    sizes: bytes,
    groups: bytes,
    chunks: bytes,
    steps: bytes,
    unit: int = 1000,
    wide: bool = False,
    whole: int = 0,
    edits: bytes = b"",
) -> Track:
    """Return what is read of a track with these tables, in a file that is ``data`` alone."""
    entry = box(b"av01", bytes(78), box(b"colr", b"nclx"))
    parts = box(b"stbl", box(b"stsd", bytes(8), entry), sizes, groups, chunks, steps)
    times = bytes((wide,)) + bytes(3 + (16 if wide else 8)) + number(unit, 4) + number(90, 8 if wide else 4)
    length = bytes(24 if wide else 16) + number(whole, 8 if wide else 4)
    head = box(b"tkhd", bytes((wide, 0, 0, 0)), length, bytes(52), number(40 << 16, 4), number(30 << 16, 4))
    payload = head + edits + box(b"mdia", box(b"mdhd", times), box(b"minf", parts))
    return track.read(memoryview(data), memoryview(payload))


def usual(**other: object) -> Track:
    given = {
        "data": b"0123456789abcdef",
        "sizes": box(b"stsz", bytes(8), number(5, 4), *(number(size, 4) for size in (1, 2, 3, 1, 2))),
        "groups": box(b"stsc", table((1, 2, 1), (2, 1, 1))),
        "chunks": box(b"stco", table((0,), (10,), (4,), (14,))),
        "steps": box(b"stts", table((2, 20), (3, 30))),
        **other,
    }
    return written(**given)  # type: ignore[arg-type]


def test_the_frames_of_an_encoder() -> None:
    tracks = [payload for name, payload in boxes(dict(boxes(MOVING))[b"moov"]) if name == b"trak"]
    found = track.read(memoryview(MOVING), memoryview(tracks[0]))
    assert [found.shown(frame) for frame in range(4)] == [100, 250, 40, 610]
    assert (found.size, found.duration, len(found.samples)) == (drawing.moving()[0].size, 1000.0, 4)
    assert sum(map(len, found.samples)) <= len(dict(boxes(MOVING))[b"mdat"])


@pytest.mark.parametrize("wide", [False, True])
def test_samples_follow_one_another_in_their_chunks(wide: bool) -> None:
    """The first chunk has two samples, all others one."""
    long = box(b"co64", bytes(4), number(4, 4), *(number(place, 8) for place in (0, 10, 4, 14)))
    found = usual(chunks=long, wide=True) if wide else usual()
    assert [bytes(sample) for sample in found.samples] == [b"0", b"12", b"abc", b"4", b"ef"]
    assert (found.size, found.duration) == ((40, 30), 90.0)
    assert [name for name, _ in found.properties] == [b"colr"]


def test_samples_may_all_have_one_size() -> None:
    found = usual(sizes=box(b"stsz", bytes(4), number(2, 4), number(5, 4)))
    assert [bytes(sample) for sample in found.samples] == [b"01", b"23", b"ab", b"45", b"ef"]


def test_the_last_duration_counts_for_all_that_the_table_lacks() -> None:
    found = usual(steps=box(b"stts", table((1, 20), (1, 30))), unit=600)
    assert [found.shown(frame) for frame in range(4)] == pytest.approx([1000 / 30, 50, 50, 50])


@pytest.mark.parametrize(
    "broken",
    [
        {"data": b"0123456789abcde"},
        {"groups": box(b"stsc", table((1, 1, 1)))},
        {"groups": box(b"stsc", table((1, 0, 1)))},
        {"groups": box(b"stsc", table((2, 2, 1), (2, 1, 1)))},
        {"groups": box(b"stsc", table((0, 2, 1)))},
        {"groups": box(b"stsc", table())},
        {"groups": box(b"stsc", table((1, 2, 1))[:-1])},
        {"steps": box(b"stts", bytes(4), number(1 << 31, 4))},
        {"sizes": box(b"stsz", bytes(4), number(1, 4), number(1 << 31, 4))},
        {"chunks": box(b"stco", bytes(4), number(1 << 31, 4))},
        {"chunks": b""},
        {"unit": 0},
    ],
)
def test_tables_that_contradict_each_other_are_errors(broken: dict[str, object]) -> None:
    with pytest.raises((ValueError, EOFError, LookupError, ArithmeticError, struct.error)):
        usual(**broken)


def edits(flags: int, once: int, *, wide: bool = False, count: int = 1) -> bytes:
    part = number(once, 8 if wide else 4) + bytes(8 if wide else 4) + b"\0\1\0\0"
    return box(b"edts", box(b"elst", bytes((wide, 0, 0, flags)), number(count, 4), part * count))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    ("flags", "once", "whole", "plays"),
    [(0, 150, 150, 1), (1, 150, 150, 1), (1, 150, 450, 3), (1, 150, 451, 4), (1, 150, -1, 0)],
)
def test_an_edit_list_says_how_often_the_frames_play(wide: bool, flags: int, once: int, whole: int, plays: int) -> None:
    """As libavif has it, by which browsers read AVIF: a track without an end repeats for ever."""
    length = whole % (1 << (64 if wide else 32))
    assert usual(wide=wide, whole=length, edits=edits(flags, once, wide=wide)).plays == plays


def test_without_an_edit_list_they_play_for_ever() -> None:
    assert usual(whole=150).plays == 0


@pytest.mark.parametrize("broken", [edits(1, 0), edits(1, 150, count=2), box(b"edts", bytes(4))])
def test_a_broken_edit_list_is_refused(broken: bytes) -> None:
    with pytest.raises((ArithmeticError, ValueError, EOFError)):
        usual(whole=150, edits=broken)
