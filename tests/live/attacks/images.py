"""Images of headers that never end, or that say of themselves that they are larger than any file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from app.core.gateways import GATEWAYS

# as many bytes as an event can hold
SIZE = GATEWAYS["rest"].request_body_bytes - 100
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17)
WEBP = b"RIFF" + (SIZE - 8).to_bytes(4, "little") + b"WEBPVP8X\x0a\0\0\0" + bytes(10)
GIF, AVIF = b"GIF89a\1\0\1\0\0\0\0", b"\0\0\0\x14ftypavif\0\0\0\0mif1"
HEIC = b"\0\0\0\x14ftypheic\0\0\0\0mif1"
TIFF = b"II*\0\x08\0\0\0"
# what a file begins with, and what it then repeats
REPEATED: Mapping[str, tuple[bytes, bytes]] = {
    "JPEG markers": (b"\xff\xd8", b"\xff\xd8\xff"),
    "JPEG fills": (b"\xff\xd8", b"\xff" * 200 + b"\xd0"),
    "JPEG fills of 100 KB": (b"\xff\xd8", b"\xff" * 100_000 + b"\xd0"),
    "JPEG EXIF": (b"\xff\xd8", b"\xff\xe1\0\x08Exif\0\0"),
    "PNG chunks": (PNG, b"\0\0\0\0tEXtcrc."),
    "PNG frames": (PNG, b"\0\0\0\x1afcTL" + bytes(30)),
    "WebP chunks": (WEBP, b"EXIF\0\0\0\0"),
    "WebP frames": (WEBP, b"ANMF\x10\0\0\0" + bytes(16)),
    "GIF extensions": (GIF, b"!\xfe\0"),
    "GIF sub-blocks": (GIF + b"!\xfe", b"\1x"),
    "GIF frames": (GIF, b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"),
    "GIF zeros": (GIF, b"\0"),
    "AVIF boxes": (AVIF, b"\0\0\0\x08free"),
    "HEIC boxes": (HEIC, b"\0\0\0\x08free"),
    "TIFF entries": (TIFF + b"\xff\xff", struct.pack("<HHII", 256, 4, 1, 1)),
    "BigTIFF entries": (b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 62), struct.pack("<HHQQ", 256, 4, 1, 1)),
}


def attacks() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each, and what makes its bytes."""
    for name, (start, part) in REPEATED.items():
        yield name, partial(_repeated, start, part)
    for name, start in {**_tiff(), **_bmp(), **_heic(), **_avif()}.items():
        yield name, partial(start.ljust, SIZE, b"\0")


def _repeated(start: bytes, part: bytes) -> bytes:
    return (start + part * ((SIZE - len(start)) // len(part))).ljust(SIZE, b"\0")


def _tiff() -> dict[str, bytes]:
    links = (struct.pack("<HHHIII", 1, 254, 4, 1, 0, 26 + 18 * number) for number in range(100_000))
    further = (struct.pack("<HHIII", 0x8769, 4, 1, 26 + 18 * number, 0) for number in range(100_000))
    shared = struct.pack("<HHII", 270, 2, 1_000_000, 8)
    return {
        "TIFF directories": TIFF + b"".join(links),
        "TIFF directories of EXIF": TIFF + b"".join(b"\1\0" + each for each in further),
        "TIFF entries at the bound that share a value": TIFF + struct.pack("<H", 2000) + shared * 2000,
        "TIFF entries at the bound": TIFF + struct.pack("<H", 2000) + struct.pack("<HHII", 254, 4, 1, 1) * 2000,
    }


def _bmp() -> dict[str, bytes]:
    def header(size: int, bits: int, compression: int, colors: int, rest: bytes = b"") -> bytes:
        info = struct.pack("<IiiHHIIiiII", size, 0, 1, 1, bits, compression, 0, 0, 0, colors, 0)
        return b"BM" + struct.pack("<IHHI", SIZE, 0, 0, 14 + size) + info + rest

    masks = struct.pack("<4I4s", 0xFF, 0xFF00, 0xFF0000, 0xFF000000, b"DEBM")
    profile = masks + bytes(48) + struct.pack("<IIII", 0, 124, SIZE - 138, 0) + b"\xff" * 128
    return {
        "BMP colors": header(40, 8, 0, 0xFFFFFFFF),
        "BMP colors that are read": header(40, 8, 1, 16_384),
        "BMP profile": header(124, 32, 3, 0, profile),
    }


def _box(name: bytes, *payload: bytes) -> bytes:
    inner = b"".join(payload)
    return (8 + len(inner)).to_bytes(4, "big") + name + inner


def _avif() -> dict[str, bytes]:
    """Return metadata again and again, and tracks of many frames that are all the same tiny units."""
    sequence = b"\x0a\x0a\0\0\0\x02\xaf\xff\x9f\xff\x30\x08"
    units = sequence + b"\x32\x04\x10\0\0\0" * 50
    start = b"\0\0\0\x14ftypavis\0\0\0\0avis"
    associations = _box(b"ipco", _box(b"free")) + _box(
        b"ipma", bytes(4) + b"\0\0\0\x3f", (b"\0\1\xff" + b"\1" * 255) * 63
    )
    names = _box(b"iinf", bytes(6), _box(b"infe", b"\2\0\0\0\0\1\0\0Exif") * 3200)
    meta = _box(b"meta", bytes(4), names, _box(b"iprp", associations))

    def table(name: bytes, *numbers: int) -> bytes:
        return _box(name, bytes(4), struct.pack(f">{len(numbers)}I", *numbers))

    tables = (
        _box(b"stsd", bytes(8), _box(b"av01", bytes(78))),
        table(b"stsz", len(units), 4096),
        table(b"stsc", 1, 1, 1, 1),
        table(b"stco", 4096, *[len(start) + 8] * 4096),
        table(b"stts", 1, 4096, 1),
    )
    media = _box(b"mdia", _box(b"mdhd", bytes(12), b"\0\0\0\1", bytes(4)), _box(b"minf", _box(b"stbl", *tables)))
    track = _box(b"trak", _box(b"tkhd", bytes(76), b"\0\1\0\0" * 2), media, meta)
    return {
        **_named_again("AVIF", AVIF, b"av01", ends=30_000),
        "AVIF metadata": AVIF + meta * (SIZE // len(meta) - 1),
        "AVIF tracks": start + _box(b"mdat", units) + meta + _box(b"moov", track * 4),
    }


def _named_again(label: str, start: bytes, kind: bytes, *, ends: int) -> dict[str, bytes]:
    """Return grids that name one item again and again, which has as many properties as it can, and so have others."""

    def file(references: bytes, uses: list[tuple[int, int]]) -> bytes:
        named = (_box(b"infe", b"\2\0\0\0", struct.pack(">HH", item, 0), kinds[item]) for item in (1, 2))
        told = b"".join(struct.pack(">HB", item, count) + b"\1" * count for item, count in uses)
        meta = (
            _box(b"pitm", bytes(4) + b"\0\1"),
            _box(b"iinf", bytes(4) + b"\0\2", *named),
            _box(b"iloc", bytes(8)),
            _box(b"iprp", _box(b"ipco", _box(b"ispe", bytes(4), struct.pack(">II", 64, 64))), _box(
                b"ipma", bytes(4), struct.pack(">I", len(uses)), told
            )),
            _box(b"iref", bytes(4), references),
        )  # fmt: skip
        return start + _box(b"meta", bytes(4), *meta)

    kinds = {1: b"grid", 2: kind}
    tiles = _box(b"dimg", struct.pack(">HH", 1, ends), b"\0\2" * ends)
    of_two = _box(b"dimg", struct.pack(">HH", 2, 16_000), b"\0\2" * 16_000)
    auxiliary = _box(b"auxl", b"\0\2\0\1\0\1")
    return {
        f"{label} grid of one item": file(tiles, [(1, 1), (2, 255)]),
        f"{label} grid of an item told many times": file(tiles, [(1, 1), *[(2, 250)] * 60]),
        f"{label} auxiliary images and a grid": file(auxiliary * 2000 + of_two, [(1, 1), (2, 255)]),
    }


def _heic() -> dict[str, bytes]:
    box = _box

    def meta(**changed: bytes) -> bytes:
        parts = {"pitm": bytes(4) + b"\0\1", "iinf": bytes(6), "iloc": bytes(8), "iprp": box(b"ipco"), **changed}
        return HEIC + box(b"meta", bytes(4), *(box(name.encode(), payload) for name, payload in parts.items()))

    def associations(*payload: bytes) -> bytes:
        return box(b"ipco", box(b"free", b"x")) + box(b"ipma", bytes(4), *payload)

    each_item = b"".join(struct.pack(">HB", item, 255) + b"\1" * 255 for item in range(1, 64))
    item = box(b"infe", b"\2\0\0\0\0\1\0\0hvc1")
    reference = box(b"cdsc", b"\0\1\0\0")
    return {
        **_named_again("HEIC", HEIC, b"hvc1", ends=1024),
        "HEIC iinf": meta(iinf=bytes(6) + item * 200_000),
        "HEIC iinf at the bound": meta(iinf=bytes(6) + item * 3200),
        "HEIC iloc of pieces without bytes": meta(iloc=b"\0\0\0\0\0\0\xff\xff" + b"\0\1\0\0\xff\xff" * 9000),
        "HEIC iloc of items at the bound": meta(iloc=b"\0\0\0\0\0\0\x28\x00" + b"\0\1\0\0\0\0" * 10_240),
        "HEIC iloc of items that share their data": meta(
            iloc=b"\0\0\0\0\x44\0\0\1" + b"\0\1\0\0\x0f\xff" + struct.pack(">II", 0, 1 << 20) * 4095
        ),
        "HEIC ipma": meta(iprp=associations(b"\xff" * 4, b"\0\1\xff" + b"\1" * 255, bytes(1_000_000))),
        "HEIC ipma at the bound": meta(iprp=associations(b"\0\0\0\x3f", each_item)),
        "HEIC ipma of items at the bound": meta(iprp=associations(b"\0\0\x15\0", b"\0\1\0" * 5376)),
        "HEIC properties": meta(iprp=box(b"ipco", box(b"free") * 500_000)),
        "HEIC iref at the bound": meta(iref=bytes(4) + reference * 4096),
        "HEIC iref of ends": meta(iref=bytes(4) + box(b"cdsc", b"\0\1\x7f\xf0", b"\0\1" * 32_752)),
    }
