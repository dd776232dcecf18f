"""An AVIF shows what its clean aperture leaves, and each frame for as long as its track says."""

from __future__ import annotations

import struct

import pytest

from app import imaging
from tests.support import drawing, second_reader
from tests.support.heic import aperture
from tests.support.work import LIMITS, rendered


@pytest.mark.parametrize(("unit", "step"), [(60, 1), (24, 1), (120, 1), (30_000, 1001)])
def test_durations_add_up(unit: int, step: int) -> None:
    """Pillow rounds each to milliseconds: a second of 60 frames would take 20 ms more."""
    frames = [drawing.photo(32, 32, seed=seed) for seed in range(24)]
    data = drawing.animation("AVIF", frames, duration=100)
    times = struct.pack(">II", 1000, 0) + struct.pack(">I", 2400)
    assert data.count(times) == 1
    steps = b"stts" + struct.pack(">4xIII", 1, 24, 100)
    assert steps in data
    slower = data.replace(times, struct.pack(">IQ", unit, 24 * step)).replace(
        steps, steps[:-4] + struct.pack(">I", step)
    )
    expected = 24_000 * step / unit
    assert imaging.probe(slower, LIMITS).duration == pytest.approx(expected)
    made = rendered(slower, format="webp").body
    assert sum(second_reader.durations(made)) == pytest.approx(expected, abs=1)


def test_a_sequence_is_cut_to_its_clean_aperture() -> None:
    frames = [drawing.photo(64, 48, seed=seed) for seed in (1, 2)]
    data = drawing.animation("AVIF", frames, duration=100)
    box = aperture((64, 48), 8, 6, 40, 30)
    header = imaging.probe(with_aperture(data, box), LIMITS)
    assert (header.stored_size, header.layer, header.frames) == ((40, 30), 64 * 48, 2)
    whole = drawing.frames(rendered(data, format="png").body)
    cut = drawing.frames(rendered(with_aperture(data, box), format="png").body)
    for one, other in zip(whole, cut, strict=True):
        assert other.tobytes() == one.crop((8, 6, 48, 36)).tobytes()


def with_aperture(data: bytes, clap: bytes) -> bytes:
    """Return a sequence whose first sample entry has this property in place of what says how its frames are coded."""
    entry = data.index(b"ccst") - 4
    size = int.from_bytes(data[entry : entry + 4], "big")
    grown = len(clap) - size
    changed = data[:entry] + clap + data[entry + size :]
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"av01"):
        at = changed.index(name, changed.index(b"moov")) - 4
        length = int.from_bytes(changed[at : at + 4], "big") + grown
        changed = changed[:at] + length.to_bytes(4, "big") + changed[at + 4 :]
    return shifted(changed, grown)


def shifted(data: bytes, by: int) -> bytes:
    """Return the file with its places moved, because the data lies behind the tables."""
    begin = 0
    while (begin := data.find(b"stco", begin) + 4) > 3:
        (count,) = struct.unpack_from(">4xI", data, begin)
        places = struct.unpack_from(f">{count}I", data, begin + 8)
        moved = struct.pack(f">{count}I", *(place + by for place in places))
        data = data[: begin + 8] + moved + data[begin + 8 + 4 * count :]
    return data


@pytest.mark.parametrize("plays", [1, 3])
def test_how_often_a_sequence_plays_is_kept(plays: int) -> None:
    """It played for ever, whatever its edit list said."""
    data = bytearray(drawing.animation("AVIF", drawing.moving(), duration=50))
    track, edits = data.index(b"tkhd") + 4, data.index(b"elst") + 4
    (once,) = struct.unpack_from(">Q", data, edits + 8)
    struct.pack_into(">Q", data, track + 28, plays * once)
    for format in ("gif", "webp"):
        assert second_reader.loop(rendered(bytes(data), format=format).body) == plays
