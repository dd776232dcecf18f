"""Pieces of memory are read as what they are together."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imaging.joined_file import joined_file


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(0, 60), max_size=30))
def test_reads_and_seeks_as_a_file_of_the_whole(pieces: list[bytes], moves: list[int]) -> None:
    whole, joined = io.BytesIO(b"".join(pieces)), joined_file([memoryview(piece) for piece in pieces])
    for move in moves:
        assert joined.read(move) == whole.read(move)
        assert joined.seek(move // 2) == whole.seek(move // 2)
        assert joined.tell() == whole.tell()
    assert joined.read() == whole.read()
    assert joined.seek(0, io.SEEK_END) == whole.seek(0, io.SEEK_END)


@pytest.mark.parametrize("size", [1, 8191, 8192, 8193, 1 << 17])
def test_pieces_larger_than_any_buffer(size: int) -> None:
    content = bytes(range(251)) * 1000
    joined = joined_file([content[:9], b"", content[9:100_000], content[100_000:]])
    assert b"".join(iter(lambda: joined.read(size), b"")) == content


def test_bytes_are_not_copied() -> None:
    content = bytes(1000)
    assert joined_file(content).read() is content
