"""Numbers are read from bits as the specifications of video codecs write them."""

from __future__ import annotations

import pytest

from app.imaging.headers.bits import Bits


def test_numbers_are_read_from_the_highest_bit_on() -> None:
    bits = Bits(bytes((0b10100001, 0b11000000)))
    assert [bits.u(1), bits.u(2), bits.u(0), bits.u(5), bits.u(8)] == [1, 1, 0, 1, 192]


def test_exponential_golomb_codes() -> None:
    """ITU-T H.265, table 9-2: 1, 010, 011, 00100."""
    bits = Bits(bytes((0b10100110, 0b01000000)))
    assert [bits.ue() for _ in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("data", [b"", b"\0", bytes(5)])
def test_the_end_is_an_error(data: bytes) -> None:
    with pytest.raises(EOFError):
        Bits(data).u(8 * len(data) + 1)
    with pytest.raises(EOFError):
        Bits(data).ue()
