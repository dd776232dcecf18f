"""What the header of a TIFF says of how it is unpacked and turned."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.codecs import decode
from app.imaging.headers import tiff
from tests.support import deflate, drawing, profiles, second_reader, tiff_strips
from tests.support.work import LIMITS, picture, rendered

ALL = 1 << 30


@pytest.mark.parametrize(
    ("settings", "block", "unpacked"),
    [
        ({}, 0, 0),
        ({"compression": "tiff_lzw", "strip_size": ALL}, 96 * 64 * 3, 96 * 64 * 3),
        ({"compression": "tiff_lzw", "strip_size": 96 * 3 * 16}, 96 * 16 * 3, 96 * 64 * 3),
    ],
)
def test_the_largest_strip_and_all_strips_are_measured(settings: dict[str, Any], block: int, unpacked: int) -> None:
    header = tiff.scan(drawing.encoded(drawing.noise(96, 64), "TIFF", **settings))
    assert (header.block, header.unpacked) == (block, unpacked)


def test_a_tile_larger_than_the_picture_is_measured_whole() -> None:
    tags = {256: 64, 257: 64, 258: (8, 8, 8), 259: 8, 277: 3, 322: 8192, 323: 8192}
    assert tiff.unpacked(tags) == (3 * 8192**2, 3 * 8192**2)


def test_tiles_of_a_thin_picture_are_all_unpacked() -> None:
    tags = {256: 8192, 257: 1, 258: (8, 8, 8), 259: 8, 277: 3, 322: 16, 323: 4096}
    assert tiff.unpacked(tags) == (16 * 4096 * 3, 512 * 16 * 4096 * 3)


@pytest.mark.parametrize(
    ("tags", "block"),
    [
        ({258: (16, 16, 16, 16), 277: 4}, 64 * 32 * 8),
        ({258: (16,), 277: 3}, 64 * 32 * 6),
        ({258: (8, 8, 8), 277: 3, 284: 2}, 64 * 32),
        ({258: (8, 8, 8), 277: 3, 262: 6}, 64 * 32 * 7),
        ({258: (1,)}, 64 * 32 // 8),
    ],
)
def test_samples_of_any_kind_are_measured(tags: dict[int, Any], block: int) -> None:
    """Of 16 bits, of one stated depth for all, of planes apart, of brightness and differences, of single bits."""
    assert tiff.unpacked({256: 64, 257: 32, 259: 5, **tags})[0] == block


@pytest.mark.parametrize(("orientation", "turned"), [(1, 1), (3, 3), (6, 6), (8, 8), (9, 1)])
def test_what_the_decoder_turns_is_known(orientation: int, turned: int) -> None:
    header = tiff.scan(drawing.encoded(drawing.noise(96, 64), "TIFF", tiffinfo={274: orientation}))
    assert (header.turned, header.orientation) == (turned, 1)


# what libvips writes and Pillow cannot read
UNKNOWN: Mapping[str, bytes] = {
    "floats": second_reader.tiff("RGB", "float"),
    "gray and alpha of 16 bits": second_reader.tiff("LA", "ushort"),
    "packed as WebP": second_reader.tiff("RGB", "uchar", compression="webp", lossless=True),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_kind_that_is_not_known_is_not_called_broken(name: str) -> None:
    assert second_reader.samples(UNKNOWN[name]).shape[:2] == (8, 16)
    with pytest.raises(UndecodableImage, match="this kind of TIFF is not supported, or its directory is broken"):
        imaging.probe(UNKNOWN[name], LIMITS)


@pytest.mark.parametrize(
    ("bits", "colors"), [(12, 1), (16, 0)], ids=["12 bits are as dark as 4 of 16", "16 bits, and white is 0"]
)
def test_gray_that_would_be_shown_wrong_is_refused(bits: int, colors: int) -> None:
    data = classic_gray(bits, colors)
    with pytest.raises(UndecodableImage, match="this kind of TIFF is not supported"):
        imaging.probe(data, LIMITS)
    assert imaging.probe(classic_gray(16, 1), LIMITS).mode == "I;16"


@pytest.mark.parametrize(
    ("mode", "format", "words"),
    [
        ("L", "short", "a TIFF of signed integers of 16 bits is not supported"),
        ("L", "char", "a TIFF of signed integers of 8 bits is not supported"),
        ("L", "int", "a TIFF of signed integers of 32 bits is not supported"),
        ("L", "uint", "a TIFF of integers of 32 bits is not supported"),
        ("L", "float", "a TIFF of floats of 32 bits is not supported"),
    ],
)
def test_samples_that_are_not_read_are_named(mode: str, format: str, words: str) -> None:
    with pytest.raises(UndecodableImage, match=f"{words}: expected unsigned integers of at most 16 bits"):
        imaging.probe(second_reader.tiff(mode, format), LIMITS)


def test_cmyk_with_alpha_is_told_what_is_expected() -> None:
    data = second_reader.tiff("CMYKA", "uchar", interpretation="cmyk")
    with pytest.raises(UndecodableImage, match=r"expected .* without alpha in CMYK"):
        imaging.probe(data, LIMITS)


def classic_gray(bits: int, colors: int, order: str = "<") -> bytes:
    """Return a TIFF of 8 by 8 samples, all of them 1 in each bit."""
    size = 8 * bits
    tags = {256: 8, 257: 8, 258: bits, 259: 1, 262: colors, 273: 8, 277: 1, 278: 8, 279: size}
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + size)
    return head + b"\xff" * size + struct.pack(order + "H", len(tags)) + entries + bytes(4)


def test_a_directory_without_a_size_is_broken() -> None:
    with pytest.raises(UndecodableImage, match="broken or ends early"):
        imaging.probe(b"II*\0" + struct.pack("<IHHHIII", 8, 1, 258, 3, 1, 8, 0), LIMITS)


@pytest.mark.parametrize(
    ("white", "shown"), [((0.3457, 0.3585), True), ((0.3457029, 0.3585386), True), ((0.3127, 0.329), False)]
)
def test_lab_is_read_under_the_white_that_it_is_converted_from(white: tuple[float, float], shown: bool) -> None:
    lab = drawing.encoded(Image.new("LAB", (8, 8), (138, 208, 195)), "TIFF", tiffinfo={318: white})
    if shown:
        assert imaging.probe(lab, LIMITS).mode == "LAB"
    else:
        with pytest.raises(UndecodableImage, match="another white than D50 is not supported"):
            imaging.probe(lab, LIMITS)


@pytest.mark.parametrize("settings", [{}, {"bigtiff": True}, {"compression": "lzw"}, {"tile": True}])
def test_a_file_with_long_metadata_is_read_as_one_without(settings: dict[str, Any]) -> None:
    """libvips writes it, and Photoshop's layers make it as long."""
    plain = second_reader.tiff("RGB", "uchar", **settings)
    long = second_reader.tiff("RGB", "uchar", xmp=bytes(300_000), **settings)
    found, expected = imaging.probe(long, LIMITS), imaging.probe(plain, LIMITS)
    assert found.metadata > 300_000
    assert replace(found, metadata=0, bytes=0) == replace(expected, metadata=0, bytes=0)
    assert np.array_equal(drawing.array(picture(long, format="png")), second_reader.samples(long))


def with_value(data: bytes, tag: int, value: bytes, order: str) -> bytes:
    """Return a TIFF of 8 by 8 samples with one more value, behind everything else."""
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    begin = at + 2
    rows = [data[begin + 12 * index :][:12] for index in range(count)]
    rows.append(struct.pack(order + "HHII", tag, 7, len(value), len(data)))
    rows.sort(key=lambda row: struct.unpack_from(order + "H", row))
    directory = struct.pack(order + "H", len(rows)) + b"".join(rows) + bytes(4)
    return data[:4] + struct.pack(order + "I", len(data) + len(value)) + data[8:] + value + directory


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_profile_is_found_however_long_it_is(order: str) -> None:
    data = classic_gray(8, 1, order)
    for padding in (0, 200_000):
        profile = profiles.rgb() + bytes(padding)
        assert imaging.probe(with_value(data, 34675, profile, order), LIMITS).profile == profile


@pytest.mark.parametrize("tag", [258, 262, 320, 338])
def test_a_value_that_decides_about_pixels_is_not_that_long(tag: int) -> None:
    """Without it the header would tell another kind of picture than the one that is decoded."""
    data = with_value(classic_gray(16, 1), tag, bytes(200_000), "<")
    with pytest.raises(UndecodableImage, match="broken or ends early"):
        imaging.probe(data, LIMITS)


def test_the_curve_of_an_output_device_makes_no_pixel() -> None:
    """It is as long as 3 × 65,536 numbers where samples have 16 bits."""
    data = classic_gray(8, 1)
    assert imaging.probe(with_value(data, 301, bytes(393_216), "<"), LIMITS).mode == imaging.probe(data, LIMITS).mode


def tags(values: dict[int, tuple[int, int, int]], behind: bytes = b"", order: str = "<") -> bytes:
    """Return a TIFF of one directory: by tag, the kind, how many, and the value or where it is."""
    rows = b"".join(struct.pack(order + "HHII", tag, *values[tag]) for tag in sorted(values))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(values))
    return head + rows + bytes(4) + behind


GRAY = {256: (4, 1, 3), 257: (4, 1, 4), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 277: (3, 1, 1), 278: (4, 1, 4)}


def test_a_file_has_no_more_strips_than_there_is_time_for() -> None:
    """100,000 took a second in Pillow before anybody knew what the picture costs, 400,000 eleven."""
    count = 100_000
    data = tags({**GRAY, 273: (3, count, 200), 279: (3, count, 200)}, bytes(5 * count))
    with pytest.raises(UndecodableImage, match="more than 32768 strips or tiles is not supported"):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("kind", [3, 5, 12])
def test_numbers_of_any_directory_are_bounded_because_a_decoder_makes_objects_of_them(kind: int) -> None:
    """28 MB of fractions in the EXIF of a TIFF took 567 MB."""
    size = {3: 2, 5: 8, 12: 8}[kind]
    further = struct.pack("<HHHII", 1, 0x9286, kind, 2_000_000 // size, 300) + bytes(4)
    values = {**GRAY, 273: (4, 1, 250), 279: (4, 1, 12), 0x8769: (4, 1, 150)}
    head = tags(values)
    assert len(head) <= 150
    data = head.ljust(150, b"\0") + further + bytes(2_100_000)
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)
    text = data.replace(struct.pack("<HHI", 0x9286, kind, 2_000_000 // size), struct.pack("<HHI", 0x9286, 7, 2_000_000))
    assert imaging.probe(text, LIMITS).metadata > 2_000_000


def test_the_kind_of_bigtiff_that_pillow_takes_for_another_is_refused_by_name() -> None:
    data = b"MM\0+\0\x08\0\0" + struct.pack(">Q", 16) + bytes(100)
    with pytest.raises(UndecodableImage, match="BigTIFF with the most significant byte first is not supported"):
        imaging.probe(data, LIMITS)


def test_nothing_has_a_negative_size() -> None:
    assert tiff.unpacked({256: 64, 257: 32, 258: (8,), 259: 5, 278: -1_000_000}) >= (64, 64 * 32)
    assert min(tiff.unpacked({256: 64, 257: 32, 258: (8,), 259: 5, 322: -16, 323: -16})) >= 0


def test_many_values_are_not_read_either_where_each_is_short() -> None:
    """220 of them took 30 MB."""
    size, count = 1 << 17, 40
    values = {**GRAY, 273: (4, 1, 8), 279: (4, 1, 12)}
    values |= {60_000 + number: (7, size, 1000 + number * size) for number in range(count)}
    data = tags(values, bytes(size * count + 1000))
    with pytest.raises(UndecodableImage, match="broken"):
        imaging.probe(data, LIMITS)
    few = {tag: value for tag, value in values.items() if tag < 60_020}
    assert imaging.probe(tags(few, bytes(size * count + 1000)), LIMITS).metadata > 20 * size


def test_a_directory_of_exif_that_is_not_there_does_not_refuse_the_picture() -> None:
    data = classic_gray(8, 1)
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    pointer = struct.pack("<HHII", 0x8769, 4, 1, 4_000_000)
    broken = data[:at] + struct.pack("<H", count + 1) + data[at + 2 : -4] + pointer + bytes(4)
    assert imaging.probe(broken, LIMITS).metadata > imaging.probe(data, LIMITS).metadata


@pytest.mark.parametrize("tag", [270, 315, 33432])
def test_long_text_is_no_damage(tag: int) -> None:
    block = Image.Exif()
    block[tag] = "x" * 200_000
    data = drawing.encoded(drawing.photo(32, 24), "TIFF", exif=block.tobytes())
    assert rendered(data, format="png").width == 32


@pytest.mark.parametrize("compression", [8, 32_946])
def test_bytes_that_no_sample_needs_are_known(compression: int) -> None:
    raw = drawing.noise(64, 64).tobytes()
    plain, hostile = (
        tiff.scan(tiff_strips.file((64, 64), compression, [deflate.padded(raw, size)], part=(64, 64)))
        for size in (0, 100_000)
    )
    assert plain.surplus == 0
    assert 95_000 < hostile.surplus < 100_000


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_lzw", "packbits", "jpeg", "lzma", "zstd"])
def test_noise_has_no_byte_too_many(compression: str) -> None:
    header = tiff.scan(drawing.encoded(drawing.noise(300, 200), "TIFF", compression=compression))
    assert header.surplus == 0
    assert header.packing == {"jpeg": "jpeg", "lzma": "lzma"}.get(compression, "")


def test_a_strip_without_a_length_may_take_all_the_rest() -> None:
    data = tiff_strips.file((64, 64), 8, [deflate.padded(drawing.noise(64, 64).tobytes(), 100_000)], part=(64, 64))
    at = data.rindex(struct.pack("<HHI", 279, 4, 1)) + 8
    assert tiff.scan(data[:at] + bytes(4) + data[at + 4 :]).surplus > 95_000


def test_pixels_beyond_the_picture_are_covered() -> None:
    data = drawing.encoded(drawing.noise(96, 64), "TIFF", compression="jpeg", strip_size=96 * 16 * 3)
    assert tiff.scan(data).covered == 96 * 64
    tile = drawing.encoded(drawing.noise(128, 128), "JPEG", keep_rgb=True)
    assert tiff.scan(tiff_strips.file((64, 64), 7, [tile], part=(128, 128), tiled=True)).covered == 128 * 128


def planes(kind: str, compression: int, *, extra: int = 2) -> tuple[bytes, NDArray[np.uint8]]:
    """Return a TIFF with a plane for each channel, of 8 bits or of 16, and its samples."""
    channels, depth = kind.partition("16")[0], np.dtype("<u2" if kind.endswith("16") else "u1")
    wanted = np.asarray(drawing.noise(24, 16, "RGBA"))[:, :, : len(channels)]
    wide = wanted.astype(depth) * (257 if depth.itemsize == 2 else 1)
    parts = [np.ascontiguousarray(wide[:, :, index]).tobytes() for index in range(len(channels))]
    coded = [zlib.compress(part) if compression == 8 else part for part in parts]
    color = {"LA": 1, "CMYK": 5}.get(channels, 2)
    tags = {258: [8 * depth.itemsize] * len(channels), 262: [color], 277: [len(channels)], 284: [2]}
    more = {**tags, **({338: [extra]} if channels.endswith("A") else {})}
    return tiff_strips.file((24, 16), compression, coded, part=(24, 16), more=more), wanted


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("kind", ["RGB", "RGBA", "CMYK"])
def test_channels_in_planes_of_their_own_are_read(kind: str, compression: int) -> None:
    data, wanted = planes(kind, compression)
    assert (second_reader.samples(data) == wanted).all()
    decoded = next(decode.frames(data, tiff.scan(data))).image
    assert (np.asarray(decoded) == wanted).all()


@pytest.mark.parametrize(
    ("kind", "compression", "extra"),
    [("RGB16", 1, 2), ("RGBA16", 1, 2), ("CMYK16", 1, 2), ("LA", 1, 2), ("LA", 8, 2), ("RGBA", 1, 1)],
)
def test_planes_that_the_decoder_gets_wrong_are_refused_with_words(kind: str, compression: int, extra: int) -> None:
    """Samples of 16 bits became two pixels each, gray with alpha invisible, and the last was called broken."""
    data, wanted = planes(kind, compression, extra=extra)
    assert second_reader.samples(data).shape == wanted.shape
    with pytest.raises(UndecodableImage, match="a plane for each channel"):
        imaging.probe(data, LIMITS)


def test_packed_planes_of_16_bits_are_read() -> None:
    data, wanted = planes("RGB16", 8)
    decoded = next(decode.frames(data, tiff.scan(data))).image
    assert (np.asarray(decoded) == wanted).all()


@pytest.mark.parametrize(("bits", "color"), [(8, 0), (4, 3), (2, 3), (1, 3)])
def test_bits_in_reverse_that_the_decoder_does_not_know_are_refused_with_words(bits: int, color: int) -> None:
    more = {258: [bits], 262: [color], 266: [2], **({320: [0] * 3 * 2**bits} if color == 3 else {})}
    data = tiff_strips.file((16, 2), 1, [bytes(4 * bits)], part=(16, 2), samples=1, more=more)
    with pytest.raises(UndecodableImage, match="bits are in reverse order"):
        imaging.probe(data, LIMITS)


def of_a_camera(*, marks: Mapping[int, list[int]], canon: bool = False) -> bytes:
    data = tiff_strips.file((4, 4), 1, [bytes(48)], part=(4, 4), more=marks)
    return data[:8] + b"CR" + data[10:] if canon else data


@pytest.mark.parametrize(
    "data",
    [
        of_a_camera(marks={50_706: [0x401]}),
        of_a_camera(marks={254: [1], 330: [8]}),
        of_a_camera(marks={}, canon=True),
    ],
    ids=["DNG", "a thumbnail before the rest", "CR2"],
)
def test_the_thumbnail_of_camera_raw_is_not_taken_for_the_picture(data: bytes) -> None:
    with pytest.raises(UndecodableImage, match="camera raw is not supported"):
        imaging.probe(data, LIMITS)


@pytest.mark.parametrize("marks", [{}, {254: [0], 330: [8]}, {254: [1]}])
def test_a_picture_with_further_directories_is_one(marks: Mapping[int, list[int]]) -> None:
    assert imaging.probe(of_a_camera(marks=marks), LIMITS).width == 4
