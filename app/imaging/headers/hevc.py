"""Reads what an HEVC bitstream says of its picture, and passes on no more of it than one intra picture takes.

Its parameter sets can announce a picture of any size, and its slices can refer to pictures that are not there: flaws
of decoders (CVE-2026-54240, CVE-2026-54241, GHSA-g2rg-wj66-w594) lie behind both. Sections are of ITU-T H.265.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from app.imaging.headers.bits import Bits
from app.imaging.headers.boxes import Fields

# Kinds of NAL units (table 7-1): pictures that need no other, the parameter sets, and whatever is no picture.
_INTRA_PICTURES: Final = range(16, 22)
VPS, SPS, PPS = 32, 33, 34
_NO_PICTURE: Final = 32
_INTRA_SLICE: Final = 2
# What the highest level allows (table A.8), and almost twice its largest picture.
_MOST_SIDE: Final = 16_888
_MOST_PIXELS: Final = 1 << 26
_DEPTHS: Final = range(8, 13)
_MOST_CONFIGURATION: Final = 16_384
# What is read of a parameter set and of a slice ends before this many bytes of it.
_SET_HEAD, _SLICE_HEAD = 256, 32


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What parameter sets say of the picture: shown ``width`` and ``height``, ``coded`` pixels, bits per sample.

    ``chroma`` is 0 for gray, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4; ``profile`` the twelve bytes of profile and
    level; ``sets`` the parameter sets by kind; ``blocks`` the number of coding tree blocks; ``slice_headers`` by
    PPS whether a slice can depend on the one before, and the bits to skip; ``prefix`` the bytes of a unit's length.
    """

    width: int
    height: int
    coded: int
    chroma: int
    depth: int
    profile: bytes
    sets: Mapping[int, tuple[bytes, ...]]
    blocks: int
    slice_headers: Mapping[int, tuple[int, int]]
    prefix: int


def _bits(unit: bytes) -> Bits:
    """Return the bits behind the header of a NAL unit, without those that keep start codes out (section 7.3.1.1)."""
    return Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))


def configuration(data: memoryview) -> Picture:
    """Return what the HEVC configuration of an item says (ISO/IEC 14496-15, section 8.3.3).

    Raises ValueError for what no still picture needs, EOFError when it ends early.
    """
    if len(data) > _MOST_CONFIGURATION:
        raise ValueError("the HEVC configuration is too long")
    fields = Fields(data)
    prefix = (fields.take(22)[21] & 3) + 1
    sets: dict[int, tuple[bytes, ...]] = {VPS: (), SPS: (), PPS: ()}
    for _ in range(fields.number(1)):
        fields.number(1)
        for _ in range(fields.number(2)):
            unit = bytes(fields.take(fields.number(2)))
            if unit not in sets.get(_kind(unit), (unit,)):  # some files repeat them
                sets[_kind(unit)] += (unit,)
    (sps,) = sets[SPS]
    return _picture(_bits(sps[:_SET_HEAD]), sets, prefix)


def _kind(unit: bytes | memoryview) -> int:
    """Return the kind of a NAL unit of the base layer, a reserved one for any other (section 7.3.1.2)."""
    if len(unit) < 2 or unit[0] & 0x80:
        raise ValueError("not a NAL unit")
    return 63 if unit[0] & 1 or unit[1] & 0xF8 else unit[0] >> 1


def _picture(sps: Bits, sets: Mapping[int, tuple[bytes, ...]], prefix: int) -> Picture:
    """Return what the sequence parameter set says (section 7.3.2.2.1)."""
    sps.u(4)
    layers = sps.u(3)
    sps.u(1)
    profile = bytes(sps.u(8) for _ in range(12))
    _skip_layers(sps, layers)
    number, chroma = sps.ue(), sps.ue()
    if chroma > 3 or (chroma == 3 and sps.u(1)):
        raise ValueError("color planes coded apart")
    width, height = sps.ue(), sps.ue()
    left, right, top, bottom = [sps.ue() for _ in range(4)] if sps.u(1) else [0, 0, 0, 0]
    across, down = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1)
    shown = width - across * (left + right), height - down * (top + bottom)
    if max(width, height) > _MOST_SIDE or width * height > _MOST_PIXELS or min(shown) < 1:
        raise ValueError("no size that a picture can have")
    depths = 8 + sps.ue(), 8 + sps.ue()
    if depths[0] not in _DEPTHS or depths[1] not in _DEPTHS or (chroma and depths[0] != depths[1]):
        raise ValueError("no bits per sample that a picture can have")
    return Picture(
        width=shown[0],
        height=shown[1],
        coded=width * height,
        chroma=chroma,
        depth=depths[0],
        profile=profile,
        sets=sets,
        blocks=_blocks(sps, layers, width, height),
        slice_headers=dict(_slice_header(_bits(unit[:_SET_HEAD]), number) for unit in sets[PPS]),
        prefix=prefix,
    )


def _skip_layers(sps: Bits, layers: int) -> None:
    """Skip what profile_tier_level says of each temporal layer (section 7.3.3)."""
    present = [(sps.u(1), sps.u(1)) for _ in range(layers)]
    sps.u(2 * (8 - layers) if layers else 0)
    for profile, level in present:
        sps.u(88 * profile + 8 * level)


def _blocks(sps: Bits, layers: int, width: int, height: int) -> int:
    """Return the coding tree blocks of the picture, with the parameter set read on to their size."""
    sps.ue()
    for _ in range(layers + 1 if sps.u(1) else 1):
        sps.ue(), sps.ue(), sps.ue()
    block = 1 << min(3 + sps.ue() + sps.ue(), 6)
    return -(-width // block) * -(-height // block)


def _slice_header(pps: Bits, sequence: int) -> tuple[int, tuple[int, int]]:
    """Return the number of a picture parameter set and how slices with it begin (section 7.3.2.3.1)."""
    number = pps.ue()
    if pps.ue() != sequence:
        raise ValueError("a picture parameter set of another sequence")
    dependent = pps.u(1)
    pps.u(1)
    return number, (dependent, pps.u(3))


def slices(picture: Picture, data: memoryview, *, most: int) -> tuple[memoryview, ...]:
    """Return the NAL units that are slices of the one picture in ``data``, without all else that is in it.

    Raises ValueError when it is not one intra picture, or of more than ``most`` units, EOFError when one does not fit.
    """
    units = tuple(unit for unit in _units(picture, data, most) if _kind(unit) < _NO_PICTURE)
    kinds = {_kind(unit) for unit in units}
    if len(kinds) != 1 or kinds.isdisjoint(_INTRA_PICTURES):
        raise ValueError("not one intra picture")
    starts = [_start(picture, _bits(bytes(unit[:_SLICE_HEAD])), first=index == 0) for index, unit in enumerate(units)]
    if starts != sorted(set(starts)) or starts[-1] >= picture.blocks:
        raise ValueError("slices that do not follow one another")
    return units


def _units(picture: Picture, data: memoryview, most: int) -> Iterator[memoryview]:
    fields = Fields(data)
    for _ in range(most):
        if not fields.rest():
            return
        yield fields.take(fields.number(picture.prefix))
    if fields.rest():
        raise ValueError("too many NAL units")


def _start(picture: Picture, header: Bits, *, first: bool) -> int:
    """Return the first block of a slice; raises ValueError unless it needs no other picture (section 7.3.6.1)."""
    if header.u(1) != first:
        raise ValueError("more than one picture, or none that begins")
    header.u(1)
    dependent, skipped = picture.slice_headers[header.ue()]
    depends = not first and dependent and header.u(1)
    start = 0 if first else header.u((picture.blocks - 1).bit_length())
    header.u(0 if depends else skipped)
    if not depends and header.ue() != _INTRA_SLICE:
        raise ValueError("a slice that needs another picture")
    return start
