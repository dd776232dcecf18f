"""Reads the header of an AVIF through its decoder, and what that does not tell: colors, times, EXIF and what it costs.

AVIF: https://aomediacodec.github.io/av1-avif/
"""

from __future__ import annotations

import msgspec

from app.core.errors import UndecodableImage
from app.imaging.headers import Header, avif_pictures, color_space, items, other
from app.imaging.headers.avif_pictures import SEQUENCE


def scan(data: bytes) -> Header:
    """Return the header; raises whatever broken data leads to, and UndecodableImage."""
    picture = avif_pictures.read(data)
    header = other.scan(avif_pictures.without_exif(data))
    if header.stored_size != picture.size:
        raise UndecodableImage("the file states different sizes of the image")
    color, (left, top, right, bottom) = picture.layers[0].header, picture.box
    shown = right - left, bottom - top
    nclx = items.color(picture.colors, b"nclx")
    points = color.primaries, color.transfer
    said = color_space.from_nclx(nclx) if nclx else color_space.from_code_points(*points, cameras_as_srgb=True)
    return msgspec.structs.replace(
        header,
        stored_width=shown[0],
        stored_height=shown[1],
        layer=header.pixels,
        duration=picture.track.duration if picture.track and header.animated else 0.0,
        plays=picture.track.plays if picture.track and header.animated else 0,
        profile=header.profile or said,
        depth=max(layer.header.depth for layer in picture.layers),
        samples_per_pixel=sum(layer.samples for layer in picture.layers) / (shown[0] * shown[1]),
        coded=sum(layer.bytes for layer in picture.layers),
        pictures=max(layer.pictures for layer in picture.layers),
        grain=any(layer.header.grain for layer in picture.layers),
        metadata=header.metadata + len(picture.exif),
        exif=(picture.exif,),
    )


def stated_size(head: bytes) -> tuple[int, int]:
    """Return width and height, read from the beginning of a file; fails where it does not say yet.

    A sequence has a size of its own beside that of its still picture, so it says nothing here.
    """
    if head[8:12] == SEQUENCE:
        raise EOFError
    found = items.read_front(memoryview(head))
    return found.size(found.primary)
