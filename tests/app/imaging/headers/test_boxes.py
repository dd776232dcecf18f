"""Boxes are read as far as they fit, and no more of them than any file needs."""

from __future__ import annotations

import pytest

from app.imaging.headers.boxes import MOST, Fields, boxes, inside
from tests.support.heic import box


def test_boxes_follow_one_another_and_the_last_may_be_open() -> None:
    data = box(b"ftyp", b"heic") + box(b"free") + b"\0\0\0\0mdat" + b"all the rest"
    assert [(name, bytes(payload)) for name, payload in boxes(memoryview(data))] == [
        (b"ftyp", b"heic"),
        (b"free", b""),
        (b"mdat", b"all the rest"),
    ]


def test_a_length_may_take_eight_bytes() -> None:
    data = memoryview(b"\0\0\0\1mdat" + (19).to_bytes(8, "big") + b"abc" + box(b"free"))
    assert [(name, bytes(payload)) for name, payload in boxes(data)] == [(b"mdat", b"abc"), (b"free", b"")]


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x09free",  # longer than the file
        b"\0\0\0\x07free",  # shorter than its own head
        b"\0\0\0\1free\0\0\0\0\0\0\0\x0f",
        b"\0\0\0\1free\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0\0\0\1free\0",
    ],
)
def test_a_box_that_does_not_fit_is_an_error(data: bytes) -> None:
    with pytest.raises(EOFError):
        list(boxes(memoryview(data)))


def test_the_boxes_of_a_hostile_file_are_not_all_read() -> None:
    with pytest.raises(ValueError, match="too many boxes"):
        list(boxes(memoryview(box(b"free") * (MOST + 1))))
    assert len(list(boxes(memoryview(box(b"free") * MOST)))) == MOST


def test_a_box_is_found_inside_of_others() -> None:
    data = memoryview(box(b"free") + box(b"moov", box(b"free"), box(b"trak", b"first"), box(b"trak", b"second")))
    assert bytes(inside(data, b"moov", b"trak")) == b"first"
    with pytest.raises(EOFError):
        inside(data, b"moov", b"mdia")


def test_numbers_end_with_their_box() -> None:
    fields = Fields(memoryview(b"\1\2\3\4"))
    assert (fields.number(2), fields.number(0), fields.number(1)) == (0x0102, 0, 3)
    assert bytes(fields.rest()) == b"\4"
    with pytest.raises(EOFError):
        fields.number(2)
