"""The tables of a HEIC are read in all their versions, and only as far as a file of a phone needs."""

from __future__ import annotations

import pytest

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import items
from app.imaging.headers.boxes import MOST, inside
from app.imaging.headers.items import Items
from tests.support import drawing, heic
from tests.support.heic import box, number
from tests.support.work import LIMITS

FILE = heic.encoded(drawing.photo(96, 64), exif=drawing.author("A. Nother"))


def assembled(**tables: bytes) -> bytes:
    """Return a file of one item at its end, four bytes long, with some tables in place of the plain ones."""
    plain = {
        "pitm": bytes(4) + number(1, 2),
        "iinf": bytes(4) + number(1, 2) + box(b"infe", b"\2\0\0\0", number(1, 2), bytes(2), b"hvc1\0"),
        "iloc": bytes(4)
        + b"\x44\0"
        + number(1, 2)
        + number(1, 2)
        + bytes(2)
        + number(1, 2)
        + number(8, 4)
        + number(4, 4),
        "iprp": box(b"ipco", heic.extent(64, 32)) + box(b"ipma", bytes(4), number(1, 4), number(1, 2), b"\1\1"),
    }
    parts = [box(name.encode(), payload) for name, payload in {**plain, **tables}.items()]
    return box(b"mdat", b"data") + box(b"meta", bytes(4), *parts)


def opened(data: bytes) -> Items:
    """Return the items of a file that has one box of metadata."""
    file = memoryview(data)
    return items.read(file, inside(file, b"meta"))


def test_what_an_encoder_writes_is_read() -> None:
    found = opened(FILE)
    assert (found.primary, found.kinds) == (1, {1: b"hvc1", 2: b"Exif"})
    assert found.referring(b"cdsc", 1) == [2]
    assert found.referred(b"cdsc", 2) == (1,)
    assert bytes(found.data(2)).endswith(drawing.author("A. Nother").removeprefix(b"Exif\0\0"))
    assert [name for name, _ in found.properties[1]][:3] == [b"hvcC", b"colr", b"ispe"]


def test_numbers_of_items_may_take_four_bytes() -> None:
    pieces = number(2, 2) + b"".join(number(part, 4) + number(4 + part, 8) + number(2, 8) for part in (0, 2))
    wide = assembled(
        pitm=b"\1\0\0\0" + number(70_000, 4),
        iinf=b"\1\0\0\0" + number(1, 4) + box(b"infe", b"\3\0\0\0", number(70_000, 4), bytes(2), b"hvc1\0"),
        iloc=b"\2\0\0\0\x88\x84" + number(1, 4) + number(70_000, 4) + bytes(4) + number(4, 8) + pieces,
        iprp=box(b"ipco", heic.extent(64, 32))
        + box(b"ipma", b"\1\0\0\1", number(1, 4), number(70_000, 4), b"\1\x80\1"),
        iref=b"\1\0\0\0" + box(b"thmb", number(70_000, 4), number(1, 2), number(9, 4)),
    )
    found = opened(wide)
    assert (found.primary, bytes(found.data(found.primary)), found.kinds) == (70_000, b"data", {70_000: b"hvc1"})
    assert found.references == [(b"thmb", 70_000, (9,))]
    assert len(found.all(found.primary, b"ispe")) == 1


def located(method: int, at: int, length: int) -> bytes:
    """Return a table that says where the data of the one item is."""
    place = number(1, 2) + number(method, 2) + bytes(2) + number(1, 2) + number(at, 4) + number(length, 4)
    return b"\1\0\0\0\x44\0" + number(1, 2) + place


def test_data_may_lie_in_the_table_itself() -> None:
    assert bytes(opened(assembled(iloc=located(1, 1, 2), idat=b"abcd")).data(1)) == b"bc"
    with pytest.raises(EOFError):
        opened(assembled(iloc=located(1, 1, 2), idat=b"ab")).data(1)
    with pytest.raises(LookupError):  # in another item
        opened(assembled(iloc=located(2, 1, 2), idat=b"abcd")).data(1)


def test_data_past_the_end_is_an_error() -> None:
    for at in (200, 1 << 31):
        with pytest.raises(EOFError):
            opened(assembled(iloc=located(0, at, 150))).data(1)
    assert bytes(opened(assembled(iloc=located(0, 10, 2))).data(1)) == b"ta"


def test_data_may_lie_in_pieces() -> None:
    pieces = number(2, 2) + number(10, 4) + number(2, 4) + number(8, 4) + number(2, 4)
    iloc = bytes(4) + b"\x44\0" + number(1, 2) + number(1, 2) + bytes(2) + pieces
    assert bytes(opened(assembled(iloc=iloc)).data(1)) == b"tada"


def test_what_is_essential_and_not_known_is_told_apart() -> None:
    properties = box(b"ipco", heic.extent(64, 32), box(b"what", b""))
    for association, names in ((b"\2\1\2", [b"ispe", b"what"]), (b"\2\x81\x82", [b"ispe", items.UNKNOWN])):
        uses = box(b"ipma", bytes(4), number(1, 4), number(1, 2), association)
        found = opened(assembled(iprp=properties + uses))
        assert [name for name, _ in found.properties[1]] == names


@pytest.mark.parametrize("missing", ["pitm", "iinf", "iloc", "iprp"])
def test_a_picture_without_one_of_its_tables_is_refused(missing: str) -> None:
    assert imaging.probe(FILE, LIMITS).width == 96
    data = FILE.replace(missing.encode(), b"free")
    assert data != FILE
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)


ONE = number(1, 2)
FLOODS = {
    "iinf": bytes(6) + box(b"infe", b"\2\0\0\0", ONE, bytes(2), b"hvc1\0") * 9000,
    "iloc": b"\1\0\0\0\0\0" + number(65_535, 2) + (ONE + bytes(4) + number(65_535, 2)) * 7000,
    "iref": bytes(4) + box(b"dimg", ONE, number(60_000, 2), bytes(120_000)),
    "iprp": box(b"ipco", heic.extent(1, 1)) + box(b"ipma", bytes(4), ONE * 2, (ONE + b"\xff" + b"\1" * 255) * 60) * 9,
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_table_has_a_bounded_length(name: str) -> None:
    with pytest.raises(ValueError, match=r"too long|too many"):
        opened(assembled(**{name: FLOODS[name]}))


def test_lengths_of_nothing_do_not_make_a_table_endless() -> None:
    endless = b"\1\0\0\0\0\0" + number(3000, 2) + (ONE + bytes(4) + number(65_535, 2)) * 3000
    with pytest.raises(ValueError, match="too many pieces"):
        opened(assembled(iloc=endless))


def test_items_in_no_pieces_are_no_more_than_boxes() -> None:
    """The 10,240 that fit into a table took 40 ms."""

    def table(count: int) -> bytes:
        return bytes(6) + number(count, 2) + (ONE + bytes(4)) * count

    assert opened(assembled(iloc=table(MOST))).primary == 1
    with pytest.raises(ValueError, match="too many items"):
        opened(assembled(iloc=table(MOST + 1)))


@pytest.mark.parametrize(("pieces", "shift"), [(1, 1), (2, 0)])
def test_items_do_not_share_more_data_than_there_is(pieces: int, shift: int) -> None:
    """Parts of each other, or the same in several pieces, which would be copied for each of them."""
    items = b""
    for index in range(9):
        places = b"".join(number(shift * index, 4) + number(100 // pieces, 4) for _ in range(pieces))
        items += number(index, 2) + bytes(2) + number(pieces, 2) + places
    with pytest.raises(ValueError, match="share"):
        opened(assembled(iloc=bytes(4) + b"\x44\0" + number(9, 2) + items))


def test_items_may_be_the_same() -> None:
    each = bytes(2) + ONE + number(0, 4) + number(100, 4)
    shared = bytes(4) + b"\x44\0" + number(9, 2) + b"".join(number(index, 2) + each for index in range(9))
    assert len(opened(assembled(iloc=shared)).places) == 9
