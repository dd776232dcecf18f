"""Pixels are unpacked from any bits, to what Chromium 156 was seen to show; tests/live/test_colors.py asks it again."""

from __future__ import annotations

import pytest

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import UndecodableImage
from tests.support import drawing
from tests.support.bmp import MASKS, MASKS_WITH_ALPHA, USUAL, written
from tests.support.work import LIMITS, picture, rendered

CASES: dict[str, tuple[bytes, list[tuple[int, ...]]]] = {
    "alpha by the header": (
        written([0x80C86432, 0xFFC86432, 0x00C86432, 0x40102030], header=108, masks=USUAL),
        [(200, 100, 50, 128), (200, 100, 50, 255), (200, 100, 50, 0), (16, 32, 48, 64)],
    ),
    "alpha by a mask": (
        written([0x80C86432], compression=MASKS_WITH_ALPHA, masks=USUAL),
        [(200, 100, 50, 128)],
    ),
    "all clear": (written([0xC86432], header=124, compression=MASKS, masks=USUAL), [(200, 100, 50, 0)]),
    "blue first": (written([0x80C86432], compression=MASKS, masks=(0xFF, 0xFF00, 0xFF0000)), [(50, 100, 200, 255)]),
    "alpha last": (
        written([0x80C86432], header=108, compression=MASKS, masks=(0xFF00, 0xFF0000, 0xFF000000, 0xFF)),
        [(100, 200, 128, 50)],
    ),
    "10 bits and 2 of alpha": (
        written(
            [2 << 30 | 800 << 20 | 400 << 10 | 203],
            header=108,
            compression=MASKS,
            masks=(0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000),
        ),
        [(200, 100, 50, 170)],
    ),
    "11, 11 and 10 bits": (
        written([1600 << 21 | 800 << 10 | 200], compression=MASKS, masks=(0xFFE00000, 0x1FFC00, 0x3FF)),
        [(200, 100, 50, 255)],
    ),
    "1 bit of alpha": (
        written(
            [0x8000 | 20 << 10 | 21 << 5 | 9, 20 << 10 | 21 << 5 | 9],
            bits=16,
            header=108,
            compression=MASKS,
            masks=(0x7C00, 0x3E0, 0x1F, 0x8000),
        ),
        [(165, 173, 74, 255), (165, 173, 74, 0)],
    ),
    "4 bits": (written([0xFC63], bits=16, compression=MASKS, masks=(0xF00, 0xF0, 0xF)), [(204, 102, 51, 255)]),
    "3, 3 and 2 bits": (written([0xAB], bits=16, compression=MASKS, masks=(0xE0, 0x1C, 0x3)), [(182, 73, 255, 255)]),
    "red only": (written([0xC86432], compression=MASKS, masks=(0xFF0000, 0, 0)), [(200, 0, 0, 255)]),
}


@pytest.mark.parametrize("name", CASES)
def test_bits_are_found_wherever_they_are(name: str) -> None:
    data, expected = CASES[name]
    assert drawing.pixels(picture(data, format="png")) == expected * 2
    imaging.verify(data, LIMITS, Deadline.after(60))


@pytest.mark.parametrize("rows", [3, -3])
def test_rows_stand_in_the_order_that_the_height_tells(rows: int) -> None:
    data = bytearray(written([0xFF000000], header=108, masks=USUAL, rows=rows))
    data[-12:] = b"".join(bytes((0, 0, red, 255)) for red in (10, 20, 30))
    reds = [red for red, *_ in drawing.pixels(picture(bytes(data), format="png"))]
    assert reds == ([30, 20, 10] if rows > 0 else [10, 20, 30])


def test_rows_end_at_four_bytes() -> None:
    data = written([0xF00, 0x0F0, 0x00F], bits=16, compression=MASKS, masks=(0xF00, 0xF0, 0xF))
    assert drawing.pixels(picture(data, format="png"))[:3] == [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)]


@pytest.mark.parametrize(
    "data",
    [
        CASES["blue first"][0][:-1],
        CASES["10 bits and 2 of alpha"][0][:-1],
        written([1], compression=MASKS, masks=(0xF0F000, 0xFF00, 0xFF)),
    ],
    ids=["cut", "cut, in odd bits", "a mask with a gap"],
)
def test_broken_files_are_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        rendered(data)
