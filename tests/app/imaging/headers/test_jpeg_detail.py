"""Scans of a progressive JPEG that would not show are left out, and only those."""

from __future__ import annotations

import struct
import time
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import pyvips  # type: ignore[import-untyped]
from PIL import Image

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import UndecodableImage
from app.imaging.codecs import jpeg
from app.imaging.headers import Header, jpeg_detail
from app.imaging.headers.jpeg_detail import unseen
from app.imaging.headers.jpeg_scans import Scan
from tests.support import drawing
from tests.support.work import LIMITS, picture

PHOTO = drawing.photo(640, 480)
FLAT, HALVED = 0, 2  # Pillow's names for chroma of full and of half resolution


def progressive(**settings: Any) -> bytes:
    return drawing.encoded(PHOTO, "JPEG", progressive=True, **settings)


def by_mozjpeg(**settings: Any) -> bytes:
    """Return a file with scans that another encoder found to be the best."""
    pixels = pyvips.Image.new_from_memory(PHOTO.tobytes(), *PHOTO.size, 3, "uchar").copy(interpretation="srgb")
    written: bytes = pixels.jpegsave_buffer(interlace=True, optimize_scans=True, **settings)
    return written


def probed(data: bytes) -> Header:
    return imaging.probe(data, LIMITS)


def by_pillow(data: bytes, shrink: int) -> np.ndarray[Any, Any]:
    with Image.open(BytesIO(data)) as image:
        image.draft(None, (image.width // shrink, image.height // shrink))
        return np.asarray(image, float)


def by_libvips(data: bytes, shrink: int) -> np.ndarray[Any, Any]:
    pixels: np.ndarray[Any, Any] = pyvips.Image.jpegload_buffer(data, shrink=shrink).numpy().astype(float)
    return pixels


def decoded(data: bytes, shrink: int) -> np.ndarray[Any, Any]:
    return np.asarray(jpeg.decode(data, probed(data), shrink), float)


@pytest.mark.parametrize("whole", [by_pillow, by_libvips])
@pytest.mark.parametrize("settings", [{"subsampling": FLAT}, {"subsampling": HALVED, "quality": 80}, {"quality": 30}])
def test_an_eighth_is_the_same_pixel_for_pixel(whole: Any, settings: dict[str, Any]) -> None:
    data = progressive(**settings)
    left_out = sum(end - begin for begin, end in probed(data).unseen[8])
    assert left_out > len(data) / 4
    assert np.array_equal(decoded(data, 8), whole(data, 8))


@pytest.mark.parametrize("data", [progressive(quality=95), progressive(quality=90), by_mozjpeg(Q=95)])
@pytest.mark.parametrize("shrink", [2, 4, 8])
def test_what_is_left_out_is_less_than_a_level(data: bytes, shrink: int) -> None:
    error = decoded(data, shrink) - by_libvips(data, shrink)
    assert np.sqrt((error**2).mean()) < 1
    assert abs(error.mean()) < 0.1


@pytest.mark.parametrize(
    ("quality", "shrink", "some"),
    [(95, 4, True), (90, 4, True), (88, 4, False), (97, 2, False), (98, 2, True), (30, 8, True), (99, 1, False)],
)
def test_it_depends_on_the_quality_of_the_file_and_on_the_scale(quality: int, shrink: int, some: bool) -> None:
    assert bool(probed(progressive(quality=quality)).unseen.get(shrink)) == some


def test_tables_between_scans_count_too() -> None:
    """A decoder takes those that there are when a component begins, and nobody else knows when that is."""
    data = progressive(quality=95)
    at = data.rindex(b"\xff\xda")
    segment = b"\xff\xdb" + struct.pack(">H", 67) + b"\0" + bytes((90,)) * 64
    assert [shrink for shrink, spans in probed(data).unseen.items() if spans] == [4, 8]
    assert [shrink for shrink, spans in probed(data[:at] + segment + data[at:]).unseen.items() if spans] == [8]


def test_a_baseline_file_is_read_to_its_end() -> None:
    assert probed(drawing.encoded(PHOTO, "JPEG", quality=95)).unseen == {}


def with_comment(data: bytes) -> bytes:
    """Return a file with a comment before its last scan that looks like one."""
    at = data.rindex(b"\xff\xda")
    text = b"\xff\xda\0\x08\1\1\0\1\x3f\0" + bytes(40)
    return data[:at] + b"\xff\xfe" + struct.pack(">H", 2 + len(text)) + text + data[at:]


def damaged(data: bytes) -> bytes:
    """Return a file with one restart in its last scan broken, which is resumed at the next."""
    at = data.index(b"\xff\xd0", data.rindex(b"\xff\xda"))
    return data[: at + 1] + b"\x17" + data[at + 2 :]


def renumbered(data: bytes) -> bytes:
    """Return a file whose second component has the number 255."""
    found = bytearray(data)
    at = data.index(b"\xff\xc2")
    found[at + 13] = 255
    while (at := data.find(b"\xff\xda", at + 1)) > 0:
        for index in range(data[at + 4]):
            if data[at + 5 + 2 * index] == 2:
                found[at + 5 + 2 * index] = 255
    return bytes(found)


ODD = {
    "a comment like a scan": with_comment(progressive(quality=92)),
    "a broken restart": damaged(progressive(quality=92, restart_marker_blocks=20)),
    "a component of number 255": renumbered(progressive(quality=92)),
    "bytes like scans behind the end": progressive(quality=92) + 3 * (b"\xff\xda\0\6\0\1\x3f\0" + bytes(8)),
    "a note like an end": with_comment(progressive(quality=92)).replace(bytes(40), b"\xff\xd9" + bytes(38)),
}


@pytest.mark.parametrize("shrink", [4, 8])
@pytest.mark.parametrize("name", ODD)
def test_scans_are_found_in_whatever_a_decoder_reads(name: str, shrink: int) -> None:
    assert probed(ODD[name]).unseen[shrink]
    error = decoded(ODD[name], shrink) - by_pillow(ODD[name], shrink)
    assert np.sqrt((error**2).mean()) < (1 if shrink == 4 else 0.01)


@pytest.mark.parametrize("size", [(5, 300), (300, 7), (1, 1)])
def test_a_picture_that_a_decoder_does_not_shrink_as_much_is_read_whole(size: tuple[int, int]) -> None:
    data = drawing.encoded(drawing.photo(*size), "JPEG", progressive=True, quality=92)
    assert probed(data).unseen == {}


def broken(data: bytes) -> bytes:
    """Return a file whose last scan refers to a Huffman table that there is none of."""
    at = data.rindex(b"\xff\xda")
    return data[: at + 6] + b"\x03" + data[at + 7 :]


def test_an_upload_is_read_whole_all_the_same() -> None:
    data = broken(progressive(quality=95))
    assert probed(data).unseen[4]
    with pytest.raises(UndecodableImage):
        imaging.verify(data, LIMITS, Deadline.after(60))
    assert picture(data, width=100).size == (100, 75)


# What one encoder does: means, coarse bits, then a bit more of all, and a bit more still.
LUMA = (
    Scan((0, 10), (1,), 0, 0, 0, 0),
    Scan((10, 20), (1,), 1, 5, 0, 2),
    Scan((20, 30), (1,), 6, 63, 0, 2),
    Scan((30, 40), (1,), 1, 63, 2, 1),
    Scan((40, 50), (1,), 1, 63, 1, 0),
)


def frame(*components: tuple[int, int]) -> bytes:
    """Return a frame header of components, each a number and its factors, that share a table."""
    parts = b"".join(bytes((number, factors, 0)) for number, factors in components)
    return bytes((8, 0, 64, 0, 64, len(components))) + parts


ALONE = frame((1, 0x11))


def table(*, wide: bool = False, **changed: int) -> bytes:
    """Return a table of ones with other steps at places of the file's order, ``at3=200``."""
    steps = [changed.get(f"at{place}", 1) for place in range(64)]
    return bytes((0x10 * wide,)) + struct.pack(">64H" if wide else ">64B", *steps)


def test_the_first_coefficients_stay_because_without_them_the_means_are_smoothed() -> None:
    assert unseen(LUMA, ALONE, [table()])[8] == ((20, 30), (30, 40), (40, 50))
    late_first = (LUMA[0], Scan((20, 30), (1,), 10, 63, 0, 0), Scan((30, 40), (1,), 1, 9, 0, 0))
    assert unseen(late_first, ALONE, [table()])[8] == ()


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        # a quarter has two pixels for each block across and down: nothing is left of even coefficients there
        ([table()], 2),
        ([table(at1=8)], 1),
        ([table(at1=9)], 0),
        ([table(at2=9)], 0),
        ([table(at4=10)], 0),
        ([table(at6=20)], 1),
        ([table(at6=28)], 0),
        ([table(at0=99, at3=99, at5=99)], 2),
        ([table(wide=True, at63=200)], 1),
        ([table(wide=True, at63=999)], 0),
        ([b"\1" + table()[1:] + table()], 2),
        ([table(), table(at1=9)], 0),
        ([table(at1=9), table()], 0),
        ([8 * table()], 0),
        ([], 0),
        ([b"\1" + table()[1:]], 0),
    ],
)
def test_the_steps_of_what_can_be_seen_decide(tables: list[bytes], expected: int) -> None:
    assert len(unseen(LUMA, ALONE, tables)[4]) == expected


@pytest.mark.parametrize(("factors", "some"), [(0x11, False), (0x12, True), (0x21, True), (0x22, True)])
def test_a_component_of_fewer_samples_is_decoded_larger(factors: int, some: bool) -> None:
    """Only where it has half of them both ways, which is how libjpeg-turbo does it."""
    assert bool(unseen(LUMA, frame((9, 0x22), (1, factors)), [table(at1=90)])[8]) == some


@pytest.mark.parametrize("side", [1, 2, 4, 8])
def test_what_is_left_of_a_wave_is_that_of_its_means(side: int) -> None:
    x = np.arange(8)
    for waves in range(8):
        wave = np.cos((2 * x + 1) * waves * np.pi / 16)
        means = wave.reshape(side, -1).mean(1)
        left = np.sqrt((means**2).mean() / (wave**2).mean())
        assert jpeg_detail._LEFT[side][waves] == pytest.approx(left, abs=0.0006)


@pytest.mark.parametrize("odd", [Scan((50, 60), (1, 2), 1, 63, 1, 0), Scan((50, 60), (7,), 1, 63, 1, 0)])
def test_scans_that_break_the_rules_are_left_to_the_decoder(odd: Scan) -> None:
    assert (50, 60) not in unseen((*LUMA, odd, odd), ALONE, [table()])[8]


@pytest.mark.parametrize("tables", [100_000 * [table()], 500 * [1000 * table()]])
def test_no_time_goes_into_more_tables_than_there_can_be(tables: list[bytes]) -> None:
    before = time.process_time()
    assert len(unseen(LUMA, ALONE, tables)[8]) == 3
    assert time.process_time() - before < 0.1
