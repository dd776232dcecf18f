"""Which formats there are, how they are told apart, and what each can hold; needs no imaging library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """What one format can hold; ``max_side`` in pixels is the format's own limit."""

    media_type: str
    writable: bool = True
    alpha: bool = True
    animation: bool = True
    max_side: int = 65535


FORMATS: Final[Mapping[str, Format]] = {
    "jpeg": Format(media_type="image/jpeg", alpha=False, animation=False),
    "png": Format(media_type="image/png"),
    "webp": Format(media_type="image/webp", max_side=16383),
    "gif": Format(media_type="image/gif"),
    "avif": Format(media_type="image/avif"),
    "tiff": Format(media_type="image/tiff", animation=False),
    "bmp": Format(media_type="image/bmp", writable=False, animation=False),
    "heic": Format(media_type="image/heic", writable=False, animation=False),
}

_MAGIC: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"BM", "bmp"),
)
_HEIC_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif"))


def sniff(head: bytes) -> str | None:
    """Return the format that the first 64 bytes of a file show, or None; names and headers are never asked."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return _sniff_iso(head) if head[4:8] == b"ftyp" else None


def _sniff_iso(head: bytes) -> str | None:
    """Return avif or heic by the brands of an ISO base media file: ISO/IEC 14496-12, section 4.3."""
    end = min(int.from_bytes(head[:4], "big"), 64)
    brands = {bytes(head[at : at + 4]) for at in (8, *range(16, end - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None


def media_type(format: str) -> str:
    """Return the media type of a format that ``sniff`` named."""
    return FORMATS[format].media_type


def family(format: str, *, alpha: bool) -> str:
    """Return ``format`` when browsers show it, else the nearest that they do: png with alpha, jpeg without."""
    if FORMATS[format].writable and format != "tiff":
        return format
    return "png" if alpha else "jpeg"
