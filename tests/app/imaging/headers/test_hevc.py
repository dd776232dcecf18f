"""Nothing of a bitstream reaches the decoder but the slices of one picture that needs no other one."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app.imaging.headers.hevc import PPS, SPS, Picture, configuration, slices
from tests.support import drawing, heic

ITEM = heic.coded(drawing.photo(192, 128))
CONFIGURATION = dict(heic.boxes(b"".join(ITEM.properties)))[b"hvcC"]
PICTURE = configuration(memoryview(CONFIGURATION))
SLICE = ITEM.data[4:]
# A slice of another picture, an access unit delimiter, supplemental information, the end of a sequence.
OTHERS = {"trailing": b"\x02\x01\xd0", "delimiter": b"\x46\x01\x50", "sei": b"\x4e\x01\x05\x01", "end": b"\x48\x01"}


class Bits:
    """Writes the syntax elements of a NAL unit."""

    def __init__(self) -> None:
        self._bits = ""

    def u(self, count: int, value: int) -> Bits:
        """Add ``value`` in ``count`` bits."""
        self._bits += f"{value:0{count}b}" if count else ""
        return self

    def ue(self, *values: int) -> Bits:
        """Add numbers in Exp-Golomb code."""
        for value in values:
            self._bits += f"{value + 1:b}".rjust(2 * (value + 1).bit_length() - 1, "0")
        return self

    def unit(self, kind: int) -> bytes:
        """Return a NAL unit, with the bytes that keep start codes out of it."""
        bits = self._bits + "1"
        payload = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        out = bytearray()
        for byte in payload:
            if out[-2:] == b"\0\0" and byte <= 3:
                out.append(3)
            out.append(byte)
        return bytes((kind << 1, 1)) + bytes(out)


def sps(
    *,
    width: int = 192,
    height: int = 128,
    chroma: int = 1,
    depth: int = 8,
    other: int = 8,
    layers: int = 0,
    cut: int = 0,
) -> bytes:
    """Return a sequence parameter set as far as the reader reads it."""
    bits = Bits().u(4, 0).u(3, layers).u(1, 1).u(8, 1).u(32, 0).u(48, 0).u(8, 90)
    for _ in range(layers):
        bits.u(1, 1).u(1, 1)
    bits.u(2 * (8 - layers) if layers else 0, 0)
    for _ in range(layers):
        bits.u(88, 0).u(8, 90)
    bits.ue(0, chroma).u(1 if chroma == 3 else 0, 0).ue(width, height).u(1, 1).ue(0, cut, 0, cut)
    bits.ue(depth - 8, other - 8, 4).u(1, 1)
    for _ in range(layers + 1):
        bits.ue(1, 0, 0)
    return bits.ue(0, 3).unit(SPS)


def pps(*, sequence: int = 0, dependent: int = 0, extra: int = 0) -> bytes:
    return Bits().ue(0, sequence).u(1, dependent).u(1, 0).u(3, extra).unit(PPS)


def hvcc(*units: bytes, prefix: int = 4) -> memoryview:
    arrays = b"".join(b"\x80\0\1" + len(unit).to_bytes(2, "big") + unit for unit in units)
    return memoryview(bytes(21) + bytes((0xFC | prefix - 1, len(units))) + arrays)


def read(**wanted: int) -> Picture:
    return configuration(hvcc(sps(**wanted), pps()))


def start(
    *, first: int = 1, kind: int = 20, slice_type: int = 2, address: int = 0, dependent: int | None = None
) -> bytes:
    """Return a slice as far as the reader reads it; the picture has six blocks, named in three bits."""
    bits = Bits().u(1, first).u(1, 0).ue(0)
    if not first:
        bits.u(0 if dependent is None else 1, dependent or 0).u(3, address)
    return bits.ue(slice_type).u(200, 0).unit(kind)


def stream(*units: bytes) -> memoryview:
    return memoryview(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))


def test_parameter_sets_tell_what_is_decoded() -> None:
    assert (PICTURE.width, PICTURE.height, PICTURE.coded) == (192, 128, 192 * 128)
    assert (PICTURE.chroma, PICTURE.depth, PICTURE.blocks, PICTURE.prefix) == (1, 8, 6, 4)
    wide = read(width=4096, height=2176, chroma=2, depth=10, other=10, cut=8)
    assert (wide.width, wide.height, wide.coded) == (4080, 2168, 4096 * 2176)
    assert (wide.chroma, wide.depth, wide.blocks) == (2, 10, 64 * 34)
    assert read(layers=6) == replace(read(), sets=read(layers=6).sets, profile=read(layers=6).profile)


@pytest.mark.parametrize("chroma", [420, 422, 444])
def test_what_an_encoder_writes_is_read(chroma: int) -> None:
    samples = np.zeros((64, 64, 3), np.uint16)
    for data in (heic.encoded(Image.new("RGB", (64, 64)), chroma=chroma), heic.deep(samples, bits=12, chroma=chroma)):
        item = heic.item_of(data)
        found = configuration(memoryview(dict(heic.boxes(b"".join(item.properties)))[b"hvcC"]))
        assert found.chroma == {420: 1, 422: 2, 444: 3}[chroma]
        assert len(slices(found, memoryview(item.data), most=9)) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"width": 0},
        {"width": 16_896, "height": 16},
        {"width": 1 << 31},
        {"width": 16_000, "height": 16_000},
        {"cut": 1 << 31},
        {"cut": 64},
        {"depth": 14, "other": 14},
        {"depth": 16, "other": 16},
        {"depth": 8, "other": 10},  # what libheif < 1.23.3 reads past the end of
        {"depth": 10, "other": 8},
        {"chroma": 4},
    ],
)
def test_what_no_picture_has_is_refused(wanted: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"no size|no bits|color planes"):
        read(**wanted)


def test_a_parameter_set_may_be_there_twice() -> None:
    assert configuration(hvcc(sps(), sps(), pps(), pps())) == configuration(hvcc(sps(), pps()))


def test_there_is_one_sequence_and_its_pictures_are_of_it() -> None:
    with pytest.raises(ValueError, match="unpack"):
        configuration(hvcc(pps()))
    with pytest.raises(ValueError, match="unpack"):
        configuration(hvcc(sps(), sps(width=64), pps()))
    with pytest.raises(ValueError, match="another sequence"):
        configuration(hvcc(sps(), pps(sequence=1)))
    with pytest.raises(ValueError, match="too long"):
        configuration(memoryview(bytes(16_385)))
    for end in range(len(CONFIGURATION) - 1):
        with pytest.raises((EOFError, ValueError)):
            configuration(memoryview(CONFIGURATION)[:end])


def test_what_is_no_slice_is_left_out() -> None:
    noise = [OTHERS[name] for name in ("delimiter", "sei", "end")]
    layered = b"\x28\x09" + SLICE[2:]  # of the second layer of a stereo picture
    sets = [unit for units in PICTURE.sets.values() for unit in units]
    found = slices(PICTURE, stream(*noise, *sets, SLICE, layered, *noise), most=99)
    assert [bytes(unit) for unit in found] == [SLICE]


@pytest.mark.parametrize(
    "units",
    [
        (),
        (OTHERS["sei"],),
        (OTHERS["trailing"],),
        (SLICE, OTHERS["trailing"]),
        (SLICE, SLICE),
        (start(first=0, address=1),),
        (start(slice_type=0),),
        (start(slice_type=1),),
        (start(), start(first=0, address=1, slice_type=1)),
        (start(), start(first=0, address=2), start(first=0, address=1)),
        (start(), start(first=0, address=1), start(first=0, address=1)),
        (start(), start(first=0, address=0)),
        (start(), start(first=0, address=6)),
        (start(kind=20), start(first=0, address=1, kind=21)),
        (b"",),
        (b"\xa8\x01\xaf\x13",),
    ],
)
def test_more_than_one_intra_picture_is_refused(units: tuple[bytes, ...]) -> None:
    with pytest.raises((ValueError, EOFError)):
        slices(PICTURE, stream(*units), most=99)


def test_several_slices_of_one_picture_are_passed_on() -> None:
    units = [start(), *(start(first=0, address=address) for address in range(1, 6))]
    assert len(slices(PICTURE, stream(*units), most=6)) == 6
    with pytest.raises(ValueError, match="too many NAL units"):
        slices(PICTURE, stream(*units), most=5)


def test_a_dependent_slice_has_the_type_of_the_one_before() -> None:
    picture = configuration(hvcc(sps(), pps(dependent=1)))
    dependent = start(first=0, dependent=1, address=3, slice_type=0)
    assert len(slices(picture, stream(start(), dependent), most=9)) == 2
    with pytest.raises(ValueError, match="another picture"):
        slices(picture, stream(start(), start(first=0, dependent=0, address=3, slice_type=0)), most=9)


def test_bits_that_a_header_reserves_are_skipped() -> None:
    picture = configuration(hvcc(sps(), pps(extra=2)))
    unit = Bits().u(1, 1).u(1, 0).ue(0).u(2, 3).ue(2).u(99, 0).unit(20)
    assert len(slices(picture, stream(unit), most=9)) == 1


def test_lengths_may_be_shorter_and_must_fit() -> None:
    short = replace(PICTURE, prefix=2)
    unit = start()
    assert len(slices(short, memoryview(len(unit).to_bytes(2, "big") + unit), most=9)) == 1
    for end in (1, 3, len(unit)):
        with pytest.raises(EOFError):
            slices(short, memoryview(len(unit).to_bytes(2, "big") + unit)[:end], most=9)


def test_a_slice_names_a_picture_parameter_set_that_is_there() -> None:
    with pytest.raises(LookupError):
        slices(PICTURE, stream(Bits().u(1, 1).u(1, 0).ue(5, 2).u(99, 0).unit(20)), most=9)
