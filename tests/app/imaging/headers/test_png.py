"""What is read of a PNG, what the decoder never gets, and which damage makes no pixel: as in Chromium and libvips."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import UndecodableImage
from app.imaging.headers import png
from tests.support import apng_chunks, deflate, drawing
from tests.support.drawing import chunk
from tests.support.work import LIMITS, picture, rendered

NOISE = drawing.noise(96, 64, "RGBA")
PNG = drawing.encoded(NOISE, "PNG")
APNG = drawing.animation("PNG", drawing.moving(), duration=50)
SIGNATURE, END = PNG[:8], chunk(b"IEND", b"")
ROW = bytes((10, 20, 30, 200, 100, 50))
PIXELS = zlib.compress(b"\0" + ROW)
IHDR = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0))
IDAT = chunk(b"IDAT", PIXELS)
SHOWN = [(10, 20, 30, 255), (200, 100, 50, 255)]
KEY = struct.pack(">3H", 10, 20, 30)
# Ancillary chunks and what they might hold.
ANCILLARY = {
    b"tEXt": b"a\0b",
    b"pHYs": bytes(9),
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": bytes(32),
    b"sRGB": b"\0",
    b"iCCP": b"x\0\0" + zlib.compress(bytes(200)),
    b"cICP": bytes((1, 13, 0, 1)),
    b"bKGD": bytes(6),
    b"tIME": bytes(7),
    b"eXIf": b"II*\0\x08\0\0\0\0\0",
    b"sBIT": bytes(3),
    b"hIST": bytes(2),
    b"tRNS": KEY,
}


def whole(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks)


def broken(name: bytes, payload: bytes) -> bytes:
    """Return a chunk with a wrong checksum."""
    return chunk(name, payload)[:-4] + b"\0\0\0\0"


def test_text_chunks_are_not_unpacked() -> None:
    """Pillow would refuse this text, and keep 64 MB of smaller ones in memory; nothing here reads either."""
    data = drawing.with_chunk(PNG, b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000)))
    assert b"zTXt" not in b"".join(png.strip(data))
    assert drawing.opened(rendered(data, format="png").body).tobytes() == NOISE.tobytes()
    imaging.verify(data, LIMITS, Deadline.after(60))


def test_pixels_are_not_copied() -> None:
    views = [piece for piece in png.strip(PNG) if isinstance(piece, memoryview)]
    assert all(view.obj is PNG for view in views)
    assert sum(map(len, views)) > len(PNG) - 50


@pytest.mark.parametrize("name", ANCILLARY)
def test_damage_to_an_ancillary_chunk_makes_no_pixel(name: bytes) -> None:
    payload = ANCILLARY[name]
    damaged = [broken(name, payload), chunk(name, b""), chunk(name, payload[:-1])]
    files = [whole(IHDR, each, IDAT, END) for each in damaged] + [whole(IHDR, IDAT, each, END) for each in damaged]
    for data in files:
        assert drawing.pixels(picture(data)) == SHOWN
        imaging.verify(data, LIMITS, Deadline.after(60))


@pytest.mark.parametrize(
    "end",
    [
        b"",
        END[:6],
        END[:-1],
        broken(b"IEND", b""),
        chunk(b"IEND", b"abc"),
        b"garbage garbage",
        bytes(12),
        struct.pack(">I", 1 << 20) + b"tEXta\0b",
        chunk(b"ABCD", b"x") + END,
    ],
)
def test_what_follows_the_pixels_makes_none(end: bytes) -> None:
    data = whole(IHDR, IDAT) + end
    assert drawing.pixels(picture(data)) == SHOWN
    imaging.verify(data, LIMITS, Deadline.after(60))


def test_the_checksum_behind_the_pixels_may_be_missing() -> None:
    assert drawing.pixels(picture(whole(IHDR, IDAT)[:-4])) == SHOWN


@pytest.mark.parametrize(
    "data",
    [
        whole(IHDR, END),
        whole(IDAT, END),
        whole(chunk(b"tEXt", b"a\0b"), IHDR, IDAT, END),
        whole(broken(b"IHDR", IHDR[8:21]), IDAT, END),
        whole(IHDR, chunk(b"ABCD", b"x"), IDAT, END),
        whole(IHDR, struct.pack(">I", 6) + b"tEXta\0bcd\0\0\0\0", IDAT, END),
        whole(IHDR, chunk(b"IDAT", PIXELS[:-6]), END),
        whole(IHDR, chunk(b"IDAT", zlib.compress(b"\0" + ROW[:-1])), END),
        whole(IHDR, chunk(b"IDAT", PIXELS[:-1] + b"\0"), END),
        whole(IHDR[:17] + b"\3" + IHDR[18:29] + zlib.crc32(IHDR[4:17] + b"\3" + IHDR[18:29]).to_bytes(4, "big"), IDAT),
    ],
    ids=["none", "no header", "late header", "header", "critical", "length", "cut", "short", "sum", "no palette"],
)
def test_damage_to_pixels_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        rendered(data)


def test_pixels_between_which_something_stands_are_put_together() -> None:
    split = chunk(b"IDAT", PIXELS[:9]) + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", PIXELS[9:])
    assert drawing.pixels(picture(whole(IHDR, split, END))) == SHOWN


def test_the_first_transparent_color_before_the_pixels_counts() -> None:
    other = chunk(b"tRNS", struct.pack(">3H", 200, 100, 50))
    assert drawing.pixels(picture(whole(IHDR, chunk(b"tRNS", KEY), other, IDAT, END))) == [(10, 20, 30, 0), SHOWN[1]]
    assert drawing.pixels(picture(whole(IHDR, IDAT, other, END))) == SHOWN


def test_transparency_before_the_palette_counts_for_nothing() -> None:
    palette, key = chunk(b"PLTE", bytes(range(6))), chunk(b"tRNS", b"\0")
    head = drawing.png((2, 1), 8, 3, [b""])[:33]
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0\1"))
    alphas = [
        [alpha for *_, alpha in drawing.pixels(picture(head + each + pixels))]
        for each in (palette + key, key + palette)
    ]
    assert alphas == [[0, 255], [255, 255]]


def test_an_apng_with_fewer_frames_than_announced_is_a_still() -> None:
    at = APNG.index(b"acTL") - 4
    announced = drawing.chunk(b"acTL", struct.pack(">II", 9, 0))
    data = APNG[:at] + announced + APNG[at + 20 :]
    assert rendered(data).frames == 1


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_noise_has_no_byte_too_many(mode: str, level: int) -> None:
    image = drawing.noise(301, 200)
    image = Image.frombytes("I;16", (301, 100), image.tobytes()[: 301 * 200]) if mode == "I;16" else image.convert(mode)
    assert png.scan(drawing.encoded(image, "PNG", compress_level=level)).surplus == 0


def test_bytes_that_no_sample_needs_are_known() -> None:
    empty = chunk(b"IDAT", deflate.padded(b"\0" + ROW, 100_000))
    assert 95_000 < png.scan(whole(IHDR, empty, END)).surplus < 100_000
    assert png.scan(whole(IHDR, IDAT, END)).surplus == 0


def test_bytes_too_many_are_known_of_every_frame() -> None:
    rows = (b"\0" + bytes(3 * apng_chunks.SIDE)) * apng_chunks.SIDE
    empty = chunk(b"fdAT", bytes((0, 0, 0, 2)) + deflate.padded(rows, 100_000))
    parts = apng_chunks.announced(2), apng_chunks.control(0), apng_chunks.still(), apng_chunks.control(1), empty
    header = png.scan(apng_chunks.file(*parts))
    assert header.frames == 2
    assert 95_000 < header.surplus < 100_000
    assert png.scan(APNG).surplus == 0


def test_the_bytes_of_all_frames_and_of_the_largest_are_known() -> None:
    parts = apng_chunks.announced(2), apng_chunks.control(0), apng_chunks.still(), apng_chunks.control(1)
    frame = chunk(b"fdAT", bytes(1000))
    header = png.scan(apng_chunks.file(*parts, frame))
    assert (header.coded, header.largest) == (1000 + len(apng_chunks.still()) - 12, 1000)
