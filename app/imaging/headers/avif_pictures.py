"""Finds the pictures of an AVIF that its decoder will make, what belongs to them, and what their bitstreams say.

AVIF: https://aomediacodec.github.io/av1-avif/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from app.core.errors import UndecodableImage
from app.imaging.headers import av1, ifd, items, track, transforms
from app.imaging.headers.av1_sequence import SequenceHeader
from app.imaging.headers.boxes import boxes, inside
from app.imaging.headers.items import MOST_TILES, Items
from app.imaging.headers.track import Track
from app.imaging.headers.transforms import Box

# A sequence has one track of color and one of alpha, and may have one of sound.
_MOST_TRACKS, _MOST_LAYERS = 4, 2
# Beside alpha there may be depth, a gain map and their like.
_MOST_AUXILIARY: Final = 16
SEQUENCE: Final = b"avis"
_EXIF, _IGNORED = b"Exif", b"free"


class AvifLayer(msgspec.Struct, frozen=True, kw_only=True):
    """Color or alpha: what its bitstream says, in how many equal tiles, and its coded ``bytes``.

    ``pictures`` is how many are decoded for each one that is shown, on average.
    """

    header: SequenceHeader
    tiles: int
    bytes: int
    pictures: float

    @property
    def samples(self) -> float:
        """Return the samples of one frame that are decoded."""
        return self.header.width * self.header.height * self.tiles * self.header.samples


class AvifPicture(msgspec.Struct, frozen=True, kw_only=True):
    """What is decoded, of ``size``, and the ``box`` of it (left, top, right, bottom) that is shown.

    ``layers`` are color and alpha, ``colors`` the boxes that say more of color, ``exif`` a TIFF block, empty for none,
    ``track`` is that of the color of a sequence.
    """

    size: tuple[int, int]
    box: Box
    layers: tuple[AvifLayer, ...]
    colors: list[memoryview]
    exif: memoryview
    track: Track | None = None


def read(data: bytes) -> AvifPicture:
    """Return what is decoded: the frames of a sequence, or the primary picture.

    Raises whatever broken data leads to, and UndecodableImage for more than the file says.
    """
    file = memoryview(data)
    parts = _parts(file)
    tracks = _tracks(parts)
    if data[8:12] == SEQUENCE and tracks:
        return _moving(file, tracks)
    return _still(items.read(file, parts[b"meta"]))


def without_exif(data: bytes) -> bytes:
    """Return a file whose decoder finds no EXIF: it would refuse a picture for what is broken there.

    Only the properties of a picture turn it (MIAF, ISO/IEC 23000-22, section 7.3.10).
    """
    if _EXIF not in data:
        return data
    file = bytearray(data)
    parts = _parts(memoryview(file))
    metas = [parts[b"meta"]] if b"meta" in parts else []
    for meta in [*metas, *(meta for each in _tracks(parts) for meta in _metas(each))]:
        with suppress(EOFError):
            for _, kind in items.kinds(inside(meta[4:], b"iinf")):
                if kind == _EXIF:
                    kind[:] = _IGNORED
    return bytes(file)


def _parts(file: memoryview) -> Mapping[bytes, memoryview]:
    """Return the first box of each name; what is behind the last whole one is no part of the file."""
    found: dict[bytes, memoryview] = {}
    with suppress(EOFError):
        for name, payload in boxes(file):
            found.setdefault(name, payload)
    return found


def _tracks(parts: Mapping[bytes, memoryview]) -> list[memoryview]:
    found = [payload for name, payload in boxes(parts.get(b"moov", memoryview(b""))) if name == b"trak"]
    if len(found) > _MOST_TRACKS:
        raise ValueError("too many tracks")
    return found


def _metas(of_track: memoryview) -> list[memoryview]:
    found = [payload for name, payload in boxes(of_track) if name == b"meta"]
    if len(found) > 1:
        raise ValueError("a track with more than one meta box")
    return found


def _still(found: Items) -> AvifPicture:
    primary = found.primary
    tiles = _tiles(found, [primary])
    of_color = {primary, *tiles}
    auxiliary = {start for name, start, ends in found.references if name == b"auxl" and not of_color.isdisjoint(ends)}
    if len(auxiliary) > _MOST_AUXILIARY:
        raise UndecodableImage("the AVIF has too many auxiliary images")
    of_alpha = _tiles(found, auxiliary)
    return AvifPicture(
        size=found.size(primary),
        box=_shown(found.properties.get(primary, ()), found.size(primary)),
        layers=tuple(_coded_items(found, each) for each in (tiles, of_alpha) if each),
        colors=found.all(primary, b"colr") + found.all(tiles[0], b"colr"),
        exif=_exif(found),
    )


def _tiles(found: Items, pictures: Iterable[int]) -> list[int]:
    """Return the coded items that make up the pictures."""
    parts = [item for each in pictures for item in (each, *found.referred(b"dimg", each))]
    if len(parts) > MOST_TILES:
        raise UndecodableImage(f"an AVIF of more than {MOST_TILES} tiles is not supported")
    return [item for item in parts if found.kinds.get(item) == b"av01"]


def _coded_items(found: Items, tiles: list[int]) -> AvifLayer:
    """Return what the bitstreams of equal tiles say; raises UndecodableImage for more than the file says."""
    size = found.size(tiles[0])
    if any(found.size(tile) != size for tile in {*tiles}):
        raise ValueError("tiles of different sizes")
    return _layer([found.data(tile) for tile in tiles], size, tiles=len(tiles))


def _moving(file: memoryview, tracks: list[memoryview]) -> AvifPicture:
    """Return the frames of the first track that belongs to no other, and of all that may be its alpha."""
    pictures: list[tuple[memoryview, Track]] = []
    for each in tracks:
        with suppress(LookupError):
            pictures.append((each, track.read(file, each)))
            if len(pictures) > _MOST_LAYERS:
                raise UndecodableImage("an AVIF of more tracks than one of color and one of alpha is not supported")
    pictures.sort(key=lambda pair: _is_auxiliary(pair[0]))
    box, first = pictures[0]
    metadata = [items.read(file, meta) for meta in _metas(box)]
    return AvifPicture(
        size=first.size,
        box=_shown(first.properties, first.size),
        layers=tuple(_layer(each.samples, each.size) for _, each in pictures),
        colors=[payload for name, payload in first.properties if name == b"colr"],
        exif=_exif(metadata[0]) if metadata else memoryview(b""),
        track=first,
    )


def _is_auxiliary(of_track: memoryview) -> bool:
    references = dict(boxes(of_track)).get(b"tref", memoryview(b""))
    return b"auxl" in dict(boxes(references))


def _layer(parts: list[memoryview], stated: tuple[int, int], *, tiles: int = 1) -> AvifLayer:
    """Return what the bitstream in these parts says; raise UndecodableImage for pictures larger than the file says.

    The decoder makes them as large as they are, and scales them afterwards. Nobody asked whether there is room for it.
    """
    stream = av1.read(parts)
    if any(each.width > stated[0] or each.height > stated[1] for each in stream.headers):
        raise UndecodableImage("the pictures in the AVIF are larger than it says")
    largest = max(stream.headers, key=lambda each: each.width * each.height * each.samples)
    return AvifLayer(header=largest, tiles=tiles, bytes=sum(map(len, parts)), pictures=stream.pictures / len(parts))


def _shown(properties: Iterable[tuple[bytes, memoryview]], size: tuple[int, int]) -> Box:
    """Return the part that a clean aperture leaves, all for a broken one; the decoder turns the picture itself."""
    with suppress(ValueError, ArithmeticError):
        return transforms.read([part for part in properties if part[0] == b"clap"], size)[0]
    return 0, 0, *size


def _exif(found: Items) -> memoryview:
    """Return the first EXIF; what is broken never fails an image."""
    for item in (item for item, kind in found.kinds.items() if kind == _EXIF):
        with suppress(EOFError, LookupError):
            return ifd.without_prefix(items.exif(found.data(item)))
    return memoryview(b"")
