"""What a bitstream says of its pictures: encoded ones, and ones written here bit by bit as the specification has it."""

from __future__ import annotations

import pytest

from app.core.errors import UndecodableImage
from app.imaging.headers import av1
from app.imaging.headers.av1_sequence import SequenceHeader
from tests.support import avif, drawing, samples
from tests.support.heic import boxes

SUBSAMPLED = {"4:2:0": 1.5, "4:2:2": 2.0, "4:4:4": 3.0, "4:0:0": 1.0}


def packed(*fields: tuple[int, int]) -> bytes:
    """Return the bits of each value, of as many bits as it says."""
    text = "".join(f"{value:0{size}b}" for value, size in fields if size)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def unit(kind: int, payload: bytes) -> memoryview:
    """Return an OBU that states its size."""
    return memoryview(bytes((kind << 3 | 2, len(payload))) + payload)


def sequence_header(*, timed: bool, numbered: bool, bits: int = 7, grain: bool = False) -> bytes:
    """Return the header of a sequence of 64 by 32 pixels of 8 bits, 4:2:0, BT.2020 with PQ (section 5.5)."""
    timing = [(1, 1), (1, 32), (30, 32), (0, 1), (1, 1), (9, 5), (1, 32), (9, 5), (11, 5)] if timed else [(0, 1)]
    model = [(1, 1), (0, 21)] if timed else []
    return packed(
        *((0, 3), (0, 1), (0, 1)),
        *timing,
        *((0, 1), (0, 5), (0, 12), (8, 5), (0, 1)),
        *model,
        *((bits - 1, 4), (bits - 1, 4), (63, bits), (31, bits)),
        *([(1, 1), (2, 4), (1, 3)] if numbered else [(0, 1)]),
        *((0, 3), (0, 4), (1, 1), (0, 2), (1, 1), (1, 1), (6, 3), (0, 3)),
        *((0, 1), (0, 1), (1, 1), (9, 8), (16, 8), (9, 8), (0, 1), (0, 2), (0, 1), (grain, 1)),
    )


def frame(*, own_size: bool, timed: bool, numbered: bool, kind: int = 1, shown: bool = True) -> bytes:
    """Return the beginning of the header of a frame (section 5.9.2)."""
    return packed(
        *((0, 1), (kind, 2), (shown, 1)),
        *([(77, 12)] if timed and shown else []),
        *([] if shown else [(1, 1)]),
        *([] if kind == 0 and shown else [(0, 1)]),
        *((0, 1), (1, 1), (0, 1)),
        *([(5, 6)] if numbered else []),
        *((own_size, 1), (0, 64)),
    )


def headers(parts: list[memoryview]) -> tuple[SequenceHeader, ...]:
    return av1.read(parts).headers


@pytest.mark.parametrize("subsampling", SUBSAMPLED)
@pytest.mark.parametrize("size", [(64, 64), (97, 130), (1, 1), (301, 2)])
def test_a_still_picture_of_an_encoder(subsampling: str, size: tuple[int, int]) -> None:
    (found,) = headers([memoryview(avif.coded(drawing.photo(*size), subsampling=subsampling).data)])
    assert (found.width, found.height, found.depth, found.samples) == (*size, 8, SUBSAMPLED[subsampling])
    assert found.frame is None


def test_a_picture_of_ten_bits() -> None:
    data = dict(boxes(samples.data("10-bit.avif")))[b"mdat"]
    (found,) = headers([memoryview(data)])
    assert (found.depth, found.samples) == (10, 1.5)


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize(("kind", "shown"), [(0, True), (0, False), (1, True), (1, False), (2, True)])
def test_a_frame_with_a_size_of_its_own_is_refused(timed: bool, numbered: bool, kind: int, shown: bool) -> None:
    start = unit(1, sequence_header(timed=timed, numbered=numbered))
    same, other = (frame(own_size=own, timed=timed, numbered=numbered, kind=kind, shown=shown) for own in (False, True))
    (found,) = headers([start, unit(6, same), unit(3, same)])
    assert (found.width, found.height, found.depth, found.samples) == (64, 32, 8, 1.5)
    assert (found.primaries, found.transfer) == (9, 16)
    for part in (6, 3, 7):
        with pytest.raises(UndecodableImage, match="sizes of their own"):
            av1.read([start, unit(part, other)])


def test_a_frame_that_may_have_any_size_is_refused() -> None:
    start = unit(1, sequence_header(timed=False, numbered=False))
    with pytest.raises(UndecodableImage):
        av1.read([start, unit(6, frame(own_size=False, timed=False, numbered=False, kind=3))])
    assert av1.read([start, unit(6, b"\x80")]), "a frame that is shown again"


def test_pictures_without_a_sequence_are_refused() -> None:
    with pytest.raises(UndecodableImage):
        av1.read([unit(6, frame(own_size=False, timed=False, numbered=False))])


@pytest.mark.parametrize("grain", [False, True])
def test_grain_of_film_is_announced(grain: bool) -> None:
    (found,) = headers([unit(1, sequence_header(timed=True, numbered=True, grain=grain))])
    assert found.grain is grain


def test_pictures_that_are_never_shown_count() -> None:
    start = unit(1, sequence_header(timed=False, numbered=False))
    hidden = unit(6, frame(own_size=False, timed=False, numbered=False, kind=0, shown=False))
    assert av1.read([start, *[hidden] * 9]).pictures == 9
    assert av1.read([start, hidden, unit(7, bytes(hidden[2:])), unit(3, b"\x80")]).pictures == 1


def test_every_sequence_counts() -> None:
    small, large = sequence_header(timed=False, numbered=False), sequence_header(timed=True, numbered=False, bits=8)
    assert len(headers([unit(1, small), unit(1, large), unit(1, small)])) == 2


def test_a_unit_without_a_size_takes_the_rest() -> None:
    header = sequence_header(timed=False, numbered=False)
    assert av1.read([memoryview(b"\x08" + header)])
    with pytest.raises(EOFError):
        av1.read([unit(1, header)[:-1]])


def test_as_many_units_as_no_file_has_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        av1.read([memoryview(b"\x12\0" * 5000)])
    with pytest.raises(ValueError, match="too many"):
        av1.read([unit(1, sequence_header(timed=False, numbered=False) + bytes((end,))) for end in range(20)])
