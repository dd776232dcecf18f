"""How much EXIF a result keeps, and what broken EXIF does."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from PIL import Image, TiffImagePlugin
from PIL.TiffImagePlugin import IFDRational

from app import imaging
from app.imaging import exif_block, metadata
from tests.support import drawing, profiles, second_reader
from tests.support.work import LIMITS, picture, rendered

RGB = drawing.photo(120, 80)
OWNED = drawing.encoded(RGB, "JPEG", exif=drawing.author("A. Nother"), icc_profile=profiles.rgb())


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_the_requested_metadata_is_kept(format: str) -> None:
    kept = {each: facts(rendered(OWNED, metadata=each, format=format).body) for each in ("copyright", "all")}
    assert kept["copyright"] == {"artist": "A. Nother", "copyright": "(c) A. Nother"}
    assert kept["all"]["make"] == "Camera works"
    assert "gps" in kept["all"]
    assert facts(rendered(OWNED, format=format).body) == {}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_another_reader_finds_the_kept_metadata(format: str) -> None:
    author = {"Artist": "A. Nother", "Copyright": "(c) A. Nother"}
    everything = {**author, "Make": "Camera works", "ExposureTime": "1/250"}
    for selection, expected in (("none", {}), ("copyright", author), ("all", everything)):
        body = rendered(OWNED, metadata=selection, format=format).body
        assert second_reader.exif(body) == expected
        assert second_reader.profile(body) == b""
    assert second_reader.profile(rendered(OWNED, icc="keep", format=format).body) == profiles.rgb()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize("selection", ["copyright", "all"])
def test_another_reader_finds_no_orientation_in_what_is_upright(format: str, selection: str) -> None:
    block = Image.Exif()
    block[0x0112], block[0x013B] = 6, "A. Nother"
    data = drawing.encoded(drawing.quadrants(), "JPEG", exif=block.tobytes(), quality=95)
    assert second_reader.exif(data) == {"Artist": "A. Nother", "Orientation": "6"}
    assert second_reader.exif(rendered(data, metadata=selection, format=format).body) == {"Artist": "A. Nother"}


def test_what_libvips_wrote_is_found() -> None:
    data = second_reader.drawn(60, 40, {"exif-ifd0-Artist": "V. Ips", "orientation": 6})
    found = imaging.describe(data, LIMITS)
    assert (found.width, found.height, found.orientation) == (40, 60, 6)
    assert found.exif["artist"] == "V. Ips"
    assert second_reader.exif(rendered(data, metadata="copyright").body) == {"Artist": "V. Ips"}


def test_exif_that_refers_to_more_than_there_is_counts_as_none() -> None:
    """A hundred entries that share 60 KB would be copied a hundred times, and from a megabyte fill the memory."""
    for count, size in ((100, 60_000), (5000, 1)):
        entries = b"".join(struct.pack("<HHII", 1000 + index, 7, size, 100) for index in range(count))
        tiff = (b"II*\0" + struct.pack("<IH", 8, count) + entries + bytes(4)).ljust(64_000, b"\0")
        data = drawing.with_chunk(drawing.encoded(RGB, "PNG"), b"eXIf", tiff)
        assert facts(data) == {}
        assert rendered(data, metadata="all", format="jpeg").width == 120


def facts(data: bytes) -> dict[str, Any]:
    return imaging.describe(data, LIMITS, position=True).exif


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_kept_metadata_does_not_orient_the_picture_again(source: str) -> None:
    data = drawing.encoded(drawing.quadrants(), source, exif=drawing.exif(6), quality=95)
    result = rendered(data, metadata="all", format="jpeg")
    assert imaging.probe(result.body, LIMITS).orientation == 1
    assert (result.width, result.height) == (48, 64)


def test_exif_too_long_for_a_jpeg_keeps_its_author() -> None:
    block = Image.Exif()
    block[0x013B], block[0x010E] = "A. Nother", "x" * 60_000
    block.get_ifd(0x8769)[0x927C] = bytes(60_000)
    data = drawing.encoded(RGB, "PNG", exif=block.tobytes())
    assert facts(rendered(data, metadata="all", format="jpeg").body) == {"artist": "A. Nother"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"garbage" * 9, b"MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_counts_as_none(block: bytes) -> None:
    data = drawing.encoded(RGB, "JPEG", exif=b"Exif\0\0" + block)
    assert facts(rendered(data, metadata="all").body) == {}
    assert facts(data) == {}


def test_metadata_is_dropped_by_default() -> None:
    data = drawing.encoded(
        drawing.photo(16, 16),
        "JPEG",
        exif=drawing.exif(1),
        comment=b"secret",
        icc_profile=profiles.rgb(),
        dpi=(300, 300),
    )
    for format in ("jpeg", "png", "webp", "avif", "gif"):
        info = picture(data, format=format).info
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(info), format


def test_altitude_below_the_sea_is_negative() -> None:
    block = Image.Exif()
    block.get_ifd(0x8825).update({5: b"\1", 6: 430.5})
    assert facts(drawing.encoded(RGB, "JPEG", exif=block.tobytes())) == {"gps": {"altitude_m": -430.5}}


def test_of_several_numbers_the_first_counts() -> None:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x8827] = (400, 800)
    assert facts(drawing.encoded(RGB, "JPEG", exif=block.tobytes())) == {"iso": 400}


def test_values_that_json_cannot_hold_are_left_out() -> None:
    block = Image.Exif()
    block[0x0110] = "Camera"
    block.get_ifd(0x8825).update({1: "N", 2: (IFDRational(0, 0), 51.0, 30.0), 3: "E", 4: (2.0, 17.0)})
    assert facts(drawing.encoded(RGB, "JPEG", exif=block.tobytes())) == {"model": "Camera"}
    make_as_bytes = struct.pack("<HHHI4s", 1, 0x010F, 7, 4, b"ACME") + bytes(4)
    tiff = b"II*\0" + struct.pack("<I", 8) + make_as_bytes
    assert facts(drawing.encoded(RGB, "JPEG", exif=b"Exif\0\0" + tiff)) == {}


NAME, RIGHTS = "José Núñez", "© 2024 José"


def international() -> bytes:
    """Return a JPEG whose EXIF has text in UTF-8, with the byte order of most cameras."""
    artist, rights = NAME.encode() + b"\0", RIGHTS.encode() + b"\0"
    comment = b"ASCII\0\0\0hello"
    at = 8 + 2 + 3 * 12 + 4
    places = [at, at + len(artist) + len(artist) % 2]
    inner = places[1] + len(rights) + len(rights) % 2
    rows = struct.pack(">HHII", 0x013B, 2, len(artist), places[0]) + struct.pack(
        ">HHII", 0x8298, 2, len(rights), places[1]
    )
    rows += struct.pack(">HHII", 0x8769, 4, 1, inner)
    values = artist + bytes(len(artist) % 2) + rights + bytes(len(rights) % 2)
    details = struct.pack(">H", 2) + struct.pack(">HHI4s", 0x9101, 7, 4, b"\1\2\3\0")
    details += struct.pack(">HHII", 0x9286, 7, len(comment), inner + 2 + 24 + 4) + bytes(4) + comment
    block = b"MM\0*" + struct.pack(">IH", 8, 3) + rows + bytes(4) + values + details
    return drawing.encoded(RGB, "JPEG", exif=b"Exif\0\0" + block)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize("selection", ["copyright", "all"])
def test_text_of_every_language_is_kept_and_told(format: str, selection: str) -> None:
    body = rendered(international(), metadata=selection, format=format).body
    assert NAME.encode() + b"\0" in body
    assert second_reader.exif(body) == {"Artist": NAME, "Copyright": RIGHTS}
    assert facts(body) == {"artist": NAME, "copyright": RIGHTS}
    again = rendered(body, metadata=selection, format="jpeg").body
    assert second_reader.exif(again) == {"Artist": NAME, "Copyright": RIGHTS}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_a_field_keeps_its_type_and_its_bytes(format: str) -> None:
    block = exif_block.read(
        metadata.kept(international(), imaging.probe(international(), LIMITS), "all", format=format)
    )
    ((_, details),) = [(field.tag, field.fields) for field in block.fields if field.fields]
    assert [(field.kind, field.value) for field in details] == [(7, b"\1\2\3\0"), (7, b"ASCII\0\0\0hello")]
    body = rendered(international(), metadata="all", format=format).body
    assert b"ASCII\0\0\0hello" in body


def test_latin_1_is_told_as_latin_1() -> None:
    long, short = NAME.encode() + b"\0", NAME.encode("latin-1")
    data = international().replace(long, short.ljust(len(long), b"\0"))
    assert facts(data)["artist"] == NAME


@pytest.mark.parametrize("selection", ["copyright", "all"])
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_an_author_too_long_for_a_jpeg_is_left_out(format: str, selection: str) -> None:
    """It was an internal error."""
    block = Image.Exif()
    block[0x013B], block[0x8298] = "x" * 70_000, "(c) A. Nother"
    data = drawing.encoded(RGB, "PNG", exif=block.tobytes())
    kept = facts(rendered(data, metadata=selection, format=format).body)
    assert kept["copyright"] == "(c) A. Nother"
    assert ("artist" in kept) is (format != "jpeg")


def test_numbers_change_their_byte_order_with_the_file() -> None:
    """A TIFF is written with the least significant byte first, whatever the EXIF of its source."""
    block = Image.Exif()
    block.endian = ">"
    block[0x010F] = "Camera works"
    block.get_ifd(0x8769).update({0x829A: IFDRational(1, 250), 0x8827: 200})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0)})
    data = drawing.encoded(RGB, "JPEG", exif=block.tobytes())
    assert b"MM\0*" in data
    body = rendered(data, metadata="all", format="tiff").body
    assert body[:2] == b"II"
    assert facts(body) == facts(data)
    assert second_reader.exif(body) == {"Make": "Camera works", "ExposureTime": "1/250"}


# Position on the page, options of fax, number of the page, curve, place of reduced images, inks, black and white.
@pytest.mark.parametrize(
    "tag", [0x011E, 0x0124, 0x0129, 0x012D, 0x0147, 0x014A, 0x014C, 0x0154, 0x0201, 0x0214, 0x022F, 0x80E5]
)
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_the_layout_of_a_tiff_is_left_behind(tag: int, format: str) -> None:
    small = drawing.photo(24, 16)
    words = {0x010D: "Document", 0x011D: "Page", 0x0131: "Scanner"}
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for name, word in words.items():
        info[name] = word
    data = with_short(drawing.encoded(small, "TIFF", tiffinfo=info), tag)
    assert tag in tags(data)
    body = rendered(data, metadata="all", format=format).body
    block = body if format == "tiff" else b"".join(imaging.probe(body, LIMITS).exif).removeprefix(b"Exif\0\0")
    assert tag not in tags(block)
    assert tags(block) >= words.keys()


def with_short(data: bytes, tag: int) -> bytes:
    """Return a TIFF with one more short number in its directory."""
    fields = exif_block.ExifBlock("<", [exif_block.ExifField(tag, 3, 1, b"\1\0")])
    return exif_block.added(data, fields.written())


def tags(block: bytes) -> set[int]:
    return {field.tag for field in exif_block.read(block).fields}


# What is told of the block of an author, and the bytes that say it, which are in its directories in this order.
TOLD: dict[str, tuple[Any, bytes]] = {
    "make": ("Camera works", b"Camera works\0"),
    "artist": ("A. Nother", b"A. Nother\0"),
    "copyright": ("(c) A. Nother", b"(c) A. Nother\0"),
    "iso": (200, struct.pack(">HHIHH", 0x8827, 3, 1, 200, 0)),
    "exposure_s": (0.004, struct.pack(">2I", 1, 250)),
    "latitude": (48.858333, struct.pack(">6I", 48, 1, 51, 1, 30, 1)),
    "longitude": (2.294444, struct.pack(">6I", 2, 1, 17, 1, 40, 1)),
}


@pytest.mark.parametrize("cut", range(0, 171, 3))
def test_a_block_that_ends_early_keeps_what_is_whole(cut: int) -> None:
    block = drawing.author("A. Nother").removeprefix(b"Exif\0\0")
    beginning = block[: len(block) - cut]
    data = drawing.with_chunk(drawing.encoded(RGB, "PNG"), b"eXIf", beginning)
    kept = facts(rendered(data, metadata="all", format="png").body)
    expected = {name: value for name, (value, said) in TOLD.items() if said in beginning}
    position = kept.pop("gps", {})
    assert kept | position == expected
    assert len(expected) == len(TOLD) or cut
