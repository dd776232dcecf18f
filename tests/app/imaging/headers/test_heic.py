"""A HEIC is refused by its header when it is too large, contradicts itself, or asks for more work than it shows."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline
from app.core.errors import TooManyPixels, UndecodableImage, UnsupportedMediaType
from app.imaging.headers.heic import read
from tests.support import drawing, heic
from tests.support.heic import Item
from tests.support.work import LIMITS, rendered

MIB = 1024 * 1024
PHOTO = drawing.photo(96, 64, noise=20)
FILE = heic.encoded(PHOTO, quality=90)
TILE = heic.coded(Image.new("RGB", (64, 64), (200, 60, 60)))


def verify(data: bytes) -> imaging.Header:
    return imaging.verify(data, LIMITS, Deadline.after(60))


def grid(size: tuple[int, int], columns: int, rows: int, *tiles: Item, uses: tuple[int, ...] = ()) -> bytes:
    """Return a grid of ``tiles``, or of those that it ``uses``, by number."""
    return heic.file([heic.grid(size, columns, rows), *tiles], [(b"dimg", 1, uses or tuple(range(2, 2 + len(tiles))))])


def with_alpha(alpha: Item, *more: Item) -> bytes:
    """Return a picture with one auxiliary image, or several, for its alpha."""
    layers = [heic.with_properties(each, heic.auxiliary(heic.ALPHA)) for each in (alpha, *more)]
    return heic.file([TILE, *layers], [(b"auxl", 2 + index, (1,)) for index in range(len(layers))])


def test_too_many_pixels() -> None:
    with pytest.raises(TooManyPixels, match="96×64"):
        imaging.probe(FILE, Limits(max_source_pixels=96 * 64 - 1))
    with pytest.raises(TooManyPixels, match="128×64"):
        imaging.probe(grid((128, 64), 2, 1, TILE, TILE), Limits(max_source_pixels=128 * 64 - 1))


def huge(width: int, height: int) -> tuple[bytes, ...]:
    """Return the properties of a tile that says it is of this size, which its bitstream does not."""
    return (TILE.properties[0], heic.extent(width, height))


def test_a_file_that_lies_about_its_size_is_refused() -> None:
    at = FILE.index(b"ispe") + 8
    for size in ((48, 32), (1 << 31, 1 << 31), (0, 0), (96, 66)):
        lying = FILE[:at] + struct.pack(">II", *size) + FILE[at + 8 :]
        with pytest.raises(UndecodableImage):
            verify(lying)


def test_a_file_of_the_general_brand_alone_is_read() -> None:
    """``mif1`` promises no codec; what the picture is coded with is written where it is described."""
    general = FILE.replace(b"ftypheic\0\0\0\0mif1heic", b"ftypmif1\0\0\0\0mif1miaf")
    assert general != FILE
    assert rendered(general, width=24, format="png").body == rendered(FILE, width=24, format="png").body
    with pytest.raises(UndecodableImage, match="neither HEVC nor a grid of it"):
        imaging.probe(general.replace(b"hvc1", b"vvc1"), LIMITS)


def test_truncation_is_always_an_error() -> None:
    cuts = {12, 30, len(FILE) - 1, len(FILE) - 2, *range(40, len(FILE) - 2, len(FILE) // 40)}
    for cut in cuts:
        with pytest.raises((UndecodableImage, UnsupportedMediaType)):
            rendered(FILE[:cut], width=24)
        with pytest.raises((UndecodableImage, UnsupportedMediaType)):
            verify(FILE[:cut])


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)  # as on a machine without a wheel
    for data in (FILE, struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + b"\0" * 99):
        with pytest.raises(UnsupportedMediaType, match="HEIC images need the decoder pi-heif-decoder"):
            imaging.probe(data, LIMITS)


def test_the_header_tells_what_is_decoded() -> None:
    header = imaging.probe(heic.tiled(PHOTO.crop((0, 0, 90, 60)), 64), LIMITS)
    assert (header.stored_width, header.stored_height, header.tiles, header.mode) == (90, 60, 2, "RGB")
    assert header.samples_per_pixel == pytest.approx(1.5 * 128 * 64 / (90 * 60))
    whole = heic.with_properties(heic.coded(Image.new("L", (128, 64))), heic.auxiliary(heic.ALPHA))
    joined = [heic.grid((128, 64), 2, 1), TILE, TILE, whole]
    clear = imaging.probe(heic.file(joined, [(b"dimg", 1, (2, 3)), (b"auxl", 4, (1,))]), LIMITS)
    assert (clear.mode, clear.tiles, clear.samples_per_pixel) == ("RGBA", 1, 2.5)
    cut = heic.with_properties(heic.coded(Image.new("RGB", (512, 512))), heic.aperture((512, 512), 9, 9, 2, 2))
    small = imaging.probe(heic.file([cut]), LIMITS)
    assert (small.pixels, small.samples_per_pixel) == (4, 1.5 * 512 * 512 / 4)
    assert imaging.verify_cost(small).memory_bytes > 512 * 512


HOSTILE: Mapping[str, bytes] = {
    "no such primary": heic.file([TILE], primary=9),
    "a primary that is EXIF": heic.file([Item(b"Exif", b"\0\0\0\0II*\0")]),
    "JPEG inside": heic.file([Item(b"jpeg", b"\xff\xd8\xff\xd9", TILE.properties)]),
    "AV1 inside": heic.file([Item(b"av01", TILE.data, TILE.properties)]),
    "uncompressed inside": heic.file([Item(b"unci", bytes(64 * 64 * 3), TILE.properties)]),
    "a mask": heic.file([Item(b"mski", bytes(99_999), TILE.properties)]),
    "an identity": heic.file([Item(b"iden", b"", (heic.extent(64, 64),)), TILE], [(b"dimg", 1, (2,))]),
    "an overlay": heic.file([Item(b"iovl", bytes(32), (heic.extent(64, 64),)), TILE], [(b"dimg", 1, (2,))]),
    "a grid of itself": grid((64, 64), 1, 1, TILE, uses=(1,)),
    "a grid of a grid": heic.file(
        [heic.grid((64, 64), 1, 1), heic.grid((64, 64), 1, 1), TILE], [(b"dimg", 1, (2,)), (b"dimg", 2, (3,))]
    ),
    "two grids of each other": heic.file(
        [heic.grid((64, 64), 1, 1), heic.grid((64, 64), 1, 1)], [(b"dimg", 1, (2,)), (b"dimg", 2, (1,))]
    ),
    "a grid of nothing": heic.file([heic.grid((64, 64), 1, 1)]),
    "tiles that are not there": grid((128, 64), 2, 1, TILE, uses=(2, 3)),
    "too few tiles": grid((128, 128), 2, 2, TILE, TILE),
    "too many tiles": grid((64, 64), 1, 1, TILE, TILE),
    "tiles that do not reach the edges": grid((200, 64), 2, 1, TILE, TILE),
    "tiles beyond the edges": grid((64, 64), 2, 1, TILE, TILE),
    "tiles of several sizes": grid((128, 64), 2, 1, TILE, heic.coded(drawing.photo(128, 64))),
    "tiles of several depths": grid((128, 64), 2, 1, TILE, heic.coded(Image.new("RGB", (64, 64)), chroma=444)),
    "one tile many times": grid((64 * 32, 64 * 32), 32, 32, TILE, uses=(2,) * 1024),
    "thousands of tiles": grid((64 * 64, 64 * 64), 64, 64, *[TILE] * 4096),
    "tiles that say they are huge": grid((1 << 20, 1 << 20), 1, 1, replace(TILE, properties=huge(1 << 20, 1 << 20))),
    "a cut after a turn": heic.file(
        [heic.with_properties(TILE, heic.rotation(1), heic.aperture((64, 64), 0, 0, 9, 9))]
    ),
    "a cut of what is not there": heic.file([heic.with_properties(TILE, heic.aperture((64, 64), 0, 0, 65, 64))]),
    "a tile that is turned": grid((128, 64), 2, 1, TILE, heic.with_properties(TILE, heic.rotation(1))),
    "a tile that is mirrored": grid((128, 64), 2, 1, heic.with_properties(TILE, heic.mirror(0)), TILE),
    "an essential property that nobody knows": heic.file(
        [heic.with_properties(TILE, heic.box(b"what", b""), essential=True)]
    ),
    "alpha wider than its picture": with_alpha(heic.coded(Image.new("L", (128, 64)))),
    "alpha higher than its picture": with_alpha(heic.coded(Image.new("L", (64, 128)))),
    "two layers of alpha": with_alpha(heic.coded(Image.new("L", (64, 64))), heic.coded(Image.new("L", (64, 64)))),
    "alpha of alpha": heic.file(
        [heic.with_properties(TILE, heic.auxiliary(heic.ALPHA))], [(b"auxl", 1, (1,))]
    ),
    "alpha that is an identity": with_alpha(Item(b"iden", b"", (heic.extent(64, 64),))),
    "a sequence without a picture": heic.box(b"ftyp", b"hevc", bytes(4), b"msf1hevc") + heic.box(b"moov", bytes(64)),
    "no configuration": heic.file([replace(TILE, properties=TILE.properties[1:])]),
    "no size": heic.file([replace(TILE, properties=TILE.properties[:1])]),
    "no data": heic.file([replace(TILE, data=b"")]),
}  # fmt: skip


@pytest.mark.parametrize("stray", [b"\0", b"SEFH\0\0\0\0\1garbage after the end", bytes(500), b"\xff" * 9])
def test_what_follows_the_last_box_does_not_count(stray: bytes) -> None:
    assert imaging.probe(FILE + stray, LIMITS).stored_size == imaging.probe(FILE, LIMITS).stored_size
    assert rendered(FILE + stray, format="png").body == rendered(FILE, format="png").body


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_phone_writes_is_refused_by_its_header(name: str) -> None:
    """libheif has had a flaw behind most of these, and gets to see none of them."""
    with pytest.raises(UndecodableImage):
        imaging.probe(HOSTILE[name], LIMITS)


def test_what_is_refused_is_said_where_it_can_be() -> None:
    with pytest.raises(UndecodableImage, match="neither HEVC nor a grid of it"):
        imaging.probe(HOSTILE["an overlay"], LIMITS)
    with pytest.raises(UndecodableImage, match="turned before it is cut, or cut twice, is not supported"):
        imaging.probe(HOSTILE["a cut after a turn"], LIMITS)
    with pytest.raises(UndecodableImage, match="alpha"):
        imaging.probe(HOSTILE["alpha wider than its picture"], LIMITS)
    with pytest.raises(UndecodableImage, match="more than one alpha"):
        imaging.probe(HOSTILE["two layers of alpha"], LIMITS)
    with pytest.raises(UndecodableImage, match="a sequence and no still picture"):
        imaging.probe(HOSTILE["a sequence without a picture"], LIMITS)
    with pytest.raises(UndecodableImage, match="turned or cut one by one"):
        imaging.probe(HOSTILE["a tile that is turned"], LIMITS)


@pytest.mark.parametrize("name", [b"clli", b"mdcv", b"cclv", b"amve"])
def test_what_tells_of_the_light_may_be_essential(name: bytes) -> None:
    data = heic.file([heic.with_properties(TILE, heic.box(name, bytes(4)), essential=True)])
    assert imaging.probe(data, LIMITS).stored_size == (64, 64)


@pytest.mark.parametrize(
    ("exif", "wanted"),
    [
        (bytes(4) + b"II*\0rest", b"II*\0rest"),
        (b"\0\0\0\6Exif\0\0II*\0rest", b"II*\0rest"),
        (b"\0\0\0\0Exif\0\0II*\0rest", b"II*\0rest"),
        (b"\xff\xff\xff\xffII*\0rest", b"II*\0rest"),
        (b"", b""),
        (b"\0", b""),
    ],
)
def test_broken_exif_fails_no_image(exif: bytes, wanted: bytes) -> None:
    data = heic.file([TILE, Item(b"Exif", exif)], [(b"cdsc", 2, (1,))])
    assert read(data).exif == wanted
    assert verify(data).pixels == 64 * 64


FUZZ = """
import random, re, resource, sys
from contextlib import suppress
from pathlib import Path
from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline
from app.core.errors import Unprocessable, UnsupportedMediaType

MIB = 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (1024 * MIB, 1024 * MIB))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
files = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]
chance = random.Random(5)
read = 0
for _ in range(int(sys.argv[2])):
    data = bytearray(chance.choice(files))
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        at = chance.randrange(chance.choice((64, 600, len(data) - 8)))
        kind = chance.random()
        if kind < 0.6:
            data[at] = chance.randrange(256)
        elif kind < 0.8:
            data[at] ^= 1 << chance.randrange(8)
        else:
            data[at : at + 4] = chance.choice((b"\\xff" * 4, bytes(4), b"\\x7f\\xff\\xff\\xff", b"\\0\\0\\0\\1"))
    with suppress(Unprocessable, UnsupportedMediaType):
        imaging.verify(bytes(data), Limits(), Deadline.after(60))
        read += 1
status = Path("/proc/self/status").read_text()
print(read, 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]))
"""


def test_garbage_is_refused_or_decoded_but_never_crashes(tmp_path: Path) -> None:
    """In a process of its own, with bounds that end it: native code is what this is about."""
    alpha = with_alpha(heic.coded(Image.new("L", (64, 64))))
    turned = heic.encoded(drawing.quadrants(), exif=drawing.exif(6))
    deep = heic.encoded(PHOTO, chroma=444)
    for index, data in enumerate((FILE, heic.tiled(PHOTO, 64), alpha, turned, deep)):
        (tmp_path / str(index)).write_bytes(data)
    command = [sys.executable, "-W", "ignore", "-c", FUZZ, str(tmp_path), "1500"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read, peak = map(int, done.stdout.split())
    assert 100 < read < 1400
    assert peak < 128 * MIB
