"""Reads the one picture of a HEIC and what belongs to it: ISO/IEC 23008-12, with the constraints of 23000-22 (MIAF).

All else in the file is left alone: thumbnails, depth and gain maps, further pictures, image sequences.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from app.core.errors import UndecodableImage
from app.imaging.headers import Header, color_space, hevc, ifd, items, transforms
from app.imaging.headers.boxes import Fields, boxes
from app.imaging.headers.hevc import Picture
from app.imaging.headers.items import MOST_TILES, UNKNOWN, Items
from app.imaging.headers.transforms import Box
from app.imaging.orientation import from_exif

_ALPHA: Final = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")
_MOST_UNITS: Final = 4096
_NCLX: Final = 7
_SAMPLES: Final = (1.0, 1.5, 2.0, 3.0)  # per pixel, by chroma format


class Layer(msgspec.Struct, frozen=True):
    """Color or alpha: equal tiles, row by row, that cover ``size``; each is the slices of its picture."""

    picture: Picture
    size: tuple[int, int]
    columns: int
    tiles: tuple[tuple[memoryview, ...], ...]

    @property
    def samples(self) -> float:
        """Return the samples that are decoded."""
        return self.picture.coded * len(self.tiles) * _SAMPLES[self.picture.chroma]

    @property
    def bytes(self) -> int:
        """Return the bytes that are decoded."""
        return sum(len(unit) for tile in self.tiles for unit in tile)


class Still(msgspec.Struct, frozen=True, kw_only=True):
    """The picture: ``box`` (left, top, right, bottom) is the part of ``color`` that is shown, then turned upright.

    ``alpha`` is of the same size or a smaller one, and stretched over the color.
    ``nclx`` is how YCbCr becomes RGB (ITU-T H.273), ``icc`` the color profile, ``exif`` a TIFF block; empty for none.
    """

    color: Layer
    alpha: Layer | None
    premultiplied: bool
    box: Box
    orientation: int
    nclx: bytes
    icc: bytes
    exif: memoryview

    @property
    def size(self) -> tuple[int, int]:
        """Return the width and height that are shown, before the picture is turned."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def mode(self) -> str:
        """Return Pillow's mode of the decoded picture."""
        if self.alpha is None:
            return "RGB" if self.color.picture.chroma else "L"
        return "RGBa" if self.premultiplied else "RGBA"


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to."""
    still = read(data)
    width, height = still.size
    layers = [still.color, still.alpha] if still.alpha else [still.color]
    return Header(
        format="heic",
        stored_width=width,
        stored_height=height,
        mode=still.mode,
        bytes=len(data),
        orientation=still.orientation,
        alpha=still.alpha is not None,
        depth=still.color.picture.depth,
        samples_per_pixel=sum(layer.samples for layer in layers) / (width * height),
        tiles=min(len(layer.tiles) for layer in layers),
        metadata=len(still.exif) + len(still.icc),
        profile=still.icc or color_space.from_nclx(still.nclx),
        exif=(still.exif,),
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height as shown, read from the beginning of a file; fails where it does not say yet."""
    found = items.read_front(memoryview(head))
    (left, top, right, bottom), _ = transforms.read(found.properties[found.primary], found.size(found.primary))
    return right - left, bottom - top


def read(data: bytes) -> Still:
    """Return the primary picture; raises UndecodableImage, or whatever else broken data leads to."""
    file = memoryview(data)
    found = items.read(file, _meta(file))
    primary = found.primary
    color, alpha = _layer(found, primary), _alpha(found, primary)
    if alpha and (alpha.size[0] > color.size[0] or alpha.size[1] > color.size[1]):
        raise UndecodableImage("the alpha of the HEIC is larger than its picture")
    if color.bytes + (alpha.bytes if alpha else 0) > len(data):
        raise ValueError("tiles that share their data")
    box, orientation = transforms.read(found.properties[primary], color.size)
    colors = found.all(primary, b"colr") + found.all(_tiles(found, primary)[0], b"colr")
    nclx = items.color(colors, b"nclx")[:_NCLX]
    return Still(
        color=color,
        alpha=alpha,
        premultiplied=alpha is not None and bool(found.referred(b"prem", primary)),
        box=box,
        orientation=next(number for number in range(1, 9) if from_exif(number) == orientation),
        nclx=nclx if len(nclx) == _NCLX else b"",
        icc=items.color(colors, b"prof", b"rICC"),
        exif=_exif(found, primary),
    )


def _meta(file: memoryview) -> memoryview:
    """Return the box that tells of the pictures; raises UndecodableImage for a file with nothing but a sequence."""
    names = []
    for name, payload in boxes(file):
        if name == b"meta":
            return payload
        names.append(name)
    if b"moov" in names:
        raise UndecodableImage("the HEIC holds a sequence and no still picture, which is not supported")
    raise EOFError


def _tiles(found: Items, item: int) -> tuple[int, ...]:
    """Return the coded items that make up a picture (ISO/IEC 23008-12, section 6.6.2.3)."""
    is_grid = found.kinds.get(item) == b"grid"
    tiles = found.referred(b"dimg", item) if is_grid else (item,)
    if not 1 <= len(tiles) <= MOST_TILES or any(found.kinds.get(tile) != b"hvc1" for tile in tiles):
        raise UndecodableImage("the picture of the HEIC is neither HEVC nor a grid of it")
    if any(found.all(each, UNKNOWN) for each in {item, *tiles}):
        raise UndecodableImage("the picture of the HEIC has a property that is not known here, and needs it")
    if is_grid and any(found.all(tile, name) for tile in {*tiles} for name in (b"irot", b"imir", b"clap")):
        raise UndecodableImage("a HEIC with tiles that are turned or cut one by one is not supported")
    return tiles


def _layer(found: Items, item: int) -> Layer:
    tiles = _tiles(found, item)
    configuration = found.first(tiles[0], b"hvcC")
    picture = hevc.configuration(configuration)
    tile = picture.width, picture.height
    size, columns, rows = _grid(found, item) if found.kinds[item] == b"grid" else (tile, 1, 1)
    if any(found.first(each, b"hvcC") != configuration or found.size(each) != tile for each in {*tiles}):
        raise ValueError("tiles that differ, or contradict the file about their size")
    # Tiles reach the far edges, and no row or column lies beyond them.
    if columns * rows != len(tiles) or (-(-size[0] // tile[0]), -(-size[1] // tile[1])) != (columns, rows):
        raise ValueError("the tiles do not make up the picture")
    if found.size(item) != size:
        raise ValueError("the file contradicts itself about the size of the picture")
    most = _MOST_UNITS // len(tiles)
    return Layer(picture, size, columns, tuple(hevc.slices(picture, found.data(each), most=most) for each in tiles))


def _grid(found: Items, item: int) -> tuple[tuple[int, int], int, int]:
    """Return the size of a grid, its columns and its rows (ISO/IEC 23008-12, section 6.6.2.3.2)."""
    fields = Fields(found.data(item))
    version, flags, rows, columns = (fields.number(1) for _ in range(4))
    if version:
        raise ValueError("an unknown version of grid")
    bytes_each = 4 if flags & 1 else 2
    return (fields.number(bytes_each), fields.number(bytes_each)), columns + 1, rows + 1


def _alpha(found: Items, primary: int) -> Layer | None:
    """Return the layer that an auxiliary image says is the alpha of the primary one, other auxiliary images aside."""
    alphas = [item for item in found.referring(b"auxl", primary) if _is_alpha(found.all(item, b"auxC"))]
    if len(alphas) > 1 or primary in alphas:
        raise UndecodableImage("the HEIC has more than one alpha, or one of itself")
    return _layer(found, alphas[0]) if alphas else None


def _is_alpha(types: list[memoryview]) -> bool:
    """Return whether an auxiliary image is of a type that stands for alpha (ISO/IEC 23008-12, section 6.5.8)."""
    return any(bytes(type[4:64]).startswith(_ALPHA) for type in types)


def _exif(found: Items, primary: int) -> memoryview:
    """Return the EXIF of the picture; broken EXIF never fails an image."""
    with suppress(EOFError, ValueError, LookupError):
        for item in found.referring(b"cdsc", primary):
            if found.kinds[item] == b"Exif":
                return ifd.without_prefix(items.exif(found.data(item)))
    return memoryview(b"")
