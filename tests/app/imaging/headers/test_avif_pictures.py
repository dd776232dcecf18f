"""What is decoded of an AVIF is no more than the file says, and what does not belong to it never fails it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from tests.app.imaging.headers.test_avif import EXACT, FLAT, MOVING
from tests.support import avif as avif_files
from tests.support import drawing, heic, second_reader
from tests.support.work import LIMITS, rendered


def broken_exif(frames: int, exif: bytes) -> bytes:
    """Return an AVIF, or a sequence, whose EXIF is this, behind the four bytes that say where it begins."""
    filled = Image.Exif()
    filled[0x010E] = "x" * 9000
    more = {"save_all": True, "append_images": [drawing.photo(32, 24, seed=9)]} if frames > 1 else {}
    data = drawing.encoded(drawing.photo(32, 24), "AVIF", exif=filled.tobytes(), **more)
    at = data.index(filled.tobytes()[6:20])
    return data[:at] + exif.ljust(9000, b"\0") + data[at + 9000 :]


REPEATED = b"".join(struct.pack("<HHII", 1000 + index, 7, 8000, 8) for index in range(200))
BROKEN_EXIF = {
    "no TIFF": b"garbage",
    "too many entries": b"II*\0" + struct.pack("<IH", 8, 60_000),
    "a value past the end": b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010F, 2, 99_999, 99, 0),
    "values that are shared": b"II*\0" + struct.pack("<IH", 8, 200) + REPEATED + bytes(4),
    "turned, and text for a number": b"II*\0"
    + struct.pack("<IHHHIIHHIII", 8, 2, 0x0112, 3, 1, 6, 0x011A, 2, 4, 0x31323300, 0),
}


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("name", BROKEN_EXIF)
def test_broken_exif_never_fails_a_picture(name: str, frames: int) -> None:
    """Its decoder would refuse some of these, and copy others again and again; browsers show all."""
    made = rendered(broken_exif(frames, BROKEN_EXIF[name]), format="png", metadata="all")
    assert (made.width, made.height, made.frames) == (32, 24, frames)


TILE = avif_files.coded(drawing.photo(64, 64, seed=3), **EXACT)


def test_a_picture_larger_than_the_file_says_is_refused() -> None:
    """The decoder makes all of it, and scales it down; nobody asked whether there is memory for it."""
    assert rendered(avif_files.file([avif_files.stating(TILE, 64, 64)]), format="png").width == 64
    for size in ((63, 64), (64, 63), (8, 8)):
        with pytest.raises(UndecodableImage, match="larger than it says"):
            imaging.probe(avif_files.file([avif_files.stating(TILE, *size)]), LIMITS)


def test_a_tile_or_an_alpha_larger_than_the_file_says_is_refused() -> None:
    small = avif_files.stating(TILE, 32, 32)
    grid = avif_files.grid((64, 64), 2, 2, TILE)
    tiles = [(b"dimg", 1, (2, 3, 4, 5))]
    with pytest.raises(UndecodableImage, match="larger than it says"):
        imaging.probe(avif_files.file([grid, *[small] * 4], tiles), LIMITS)
    alpha = heic.with_properties(small, avif_files.ALPHA)
    with pytest.raises(UndecodableImage, match="larger than it says"):
        imaging.probe(avif_files.file([TILE, alpha], [(b"auxl", 2, (1,))]), LIMITS)


def test_a_sequence_larger_than_its_track_says_is_refused() -> None:
    sides = struct.pack(">II", 96 << 16, 64 << 16)
    frames = drawing.moving((96, 64))
    data = drawing.animation("AVIF", frames, duration=50)
    assert sides in data
    with pytest.raises(UndecodableImage, match="larger than it says"):
        imaging.probe(data.replace(sides, struct.pack(">II", 48 << 16, 32 << 16)), LIMITS)


def test_tiles_that_reach_over_the_edge_count() -> None:
    data = avif_files.file([avif_files.grid((66, 64), 2, 1, TILE), TILE, TILE], [(b"dimg", 1, (2, 3))])
    header = imaging.probe(data, LIMITS)
    assert header.stored_size == (66, 64)
    assert header.samples_per_pixel == pytest.approx(3 * 128 / 66)


def test_equal_tiles_may_be_stored_once() -> None:
    """As avifenc does; libvips is the second reader."""
    data = avif_files.file([avif_files.grid((256, 192), 4, 3, TILE), *[TILE] * 12], [(b"dimg", 1, tuple(range(2, 14)))])
    assert len(data) < 2 * len(TILE.data) + 2000
    expected = second_reader.samples(data)[..., :3]
    ours = np.asarray(drawing.opened(rendered(data, format="png").body).convert("RGB"))
    assert np.abs(ours.astype(int) - expected).max() <= 2
    assert imaging.probe(data, LIMITS).coded == 12 * len(TILE.data)


@pytest.mark.parametrize("box", [(0, 0, 40, 30), (11, 7, 31, 50)])
def test_what_a_clean_aperture_cuts_off_is_not_shown(box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    aperture = heic.aperture((64, 64), left, top, right - left, bottom - top)
    whole, cut = (
        drawing.opened(rendered(avif_files.file([item]), format="png").body)
        for item in (TILE, heic.with_properties(TILE, aperture, essential=True))
    )
    assert cut.tobytes() == whole.crop(box).tobytes()


def test_a_clean_aperture_wider_than_the_picture_cuts_nothing() -> None:
    item = heic.with_properties(TILE, heic.aperture((64, 64), -10, 0, 84, 30), essential=True)
    assert rendered(avif_files.file([item]), format="png").width == 64


@pytest.mark.parametrize("stray", [b"JUNKJUNKJUNK", b"<html></html>", b"\xff" * 1000, bytes(3), b"\r\n"])
def test_what_follows_the_last_box_does_not_count(stray: bytes) -> None:
    for data in (FLAT, MOVING):
        assert rendered(data + stray, format="png").body == rendered(data, format="png").body


def test_only_the_first_metadata_of_a_file_is_read() -> None:
    unread = heic.box(b"meta", bytes(4), heic.box(b"iinf", b"not a table"))
    assert rendered(FLAT + unread * 100, format="png").width == 16
