"""The one table of image formats: names, signatures, features and limits.

Every list of formats (options, messages, pages, docs, the choice of an output format) is derived from it. It imports
no imaging library.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

import msgspec

from app.core.text import listed


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One format: ``label`` is for people, ``aliases`` are other values of the option ``format`` for it.

    ``suffixes`` are those of its files besides its name, the usual one first.

    A file begins with one of ``magic``, or is a RIFF (``RIFFWEBP``) or ISO base media file (``ftypavif``) of one of
    ``brands``. ``plugin`` is Pillow's module for it, without ``ImagePlugin``; ``package`` what has to be installed to
    read it, and ``module`` the name it is imported by. ``web`` says that browsers show it, ``loop`` that an animation
    can say how often it plays, ``exif`` and ``icc`` that a result can carry them, ``lossless`` that the option of that
    name applies. ``quality`` is the default, 0 for a format without one; ``max_side`` the format's own limit in pixels;
    ``pixel_limit`` the setting that bounds a result; ``auto_rank`` the place among those that ``format=auto`` may
    choose, 1 first, 0 for none.
    """

    label: str
    media_type: str
    aliases: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    brands: tuple[bytes, ...] = ()
    plugin: str = ""
    package: str = ""
    module: str = ""
    writable: bool = True
    web: bool = True
    alpha: bool = False
    animation: bool = False
    loop: bool = True
    exif: bool = False
    icc: bool = False
    lossless: bool = False
    quality: int = 0
    max_side: int = 65535
    pixel_limit: str = "max_output_pixels"
    auto_rank: int = 0


FORMATS: Final[Mapping[str, Format]] = {
    "jpeg": Format(
        label="JPEG",
        media_type="image/jpeg",
        suffixes=("jpg",),
        aliases=("jpg",),
        magic=(b"\xff\xd8\xff",),
        plugin="Jpeg",
        exif=True,
        icc=True,
        quality=80,
    ),
    "png": Format(
        label="PNG",
        media_type="image/png",
        suffixes=("png", "apng"),
        magic=(b"\x89PNG\r\n\x1a\n",),
        plugin="Png",
        alpha=True,
        animation=True,
        exif=True,
        icc=True,
        lossless=True,
    ),
    "webp": Format(
        label="WebP",
        media_type="image/webp",
        brands=(b"RIFFWEBP",),
        plugin="WebP",
        alpha=True,
        animation=True,
        exif=True,
        icc=True,
        lossless=True,
        quality=80,
        max_side=16383,
        pixel_limit="max_webp_pixels",
        auto_rank=2,
    ),
    "gif": Format(
        label="GIF",
        media_type="image/gif",
        magic=(b"GIF87a", b"GIF89a"),
        plugin="Gif",
        alpha=True,
        animation=True,
    ),
    "avif": Format(
        label="AVIF",
        media_type="image/avif",
        brands=(b"ftypavif", b"ftypavis"),
        plugin="Avif",
        alpha=True,
        animation=True,
        loop=False,
        exif=True,
        icc=True,
        quality=50,
        pixel_limit="max_avif_pixels",
        auto_rank=1,
    ),
    "tiff": Format(
        label="TIFF",
        media_type="image/tiff",
        suffixes=("tif",),
        magic=(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
        plugin="Tiff",
        web=False,
        alpha=True,
        exif=True,
        icc=True,
    ),
    "bmp": Format(
        label="BMP",
        media_type="image/bmp",
        magic=(b"BM",),
        plugin="Bmp",
        writable=False,
        alpha=True,
    ),
    "heic": Format(
        label="HEIC",
        media_type="image/heic",
        brands=(b"ftypheic", b"ftypheix", b"ftypheim", b"ftypheis", b"ftyphevc", b"ftyphevx", b"ftypheif", b"ftypmif1"),
        package="pi-heif-decoder",
        module="pi_heif",
        writable=False,
        web=False,
        alpha=True,
    ),
}

WRITABLE: Final = tuple(name for name in FORMATS if FORMATS[name].writable)
LOSSLESS: Final = tuple(name for name in WRITABLE if FORMATS[name].lossless)
WITH_QUALITY: Final = tuple(name for name in WRITABLE if FORMATS[name].quality)
ALIASES: Final = {alias: name for name in FORMATS for alias in FORMATS[name].aliases}


# The bytes of as many brands as are read: some files list a dozen before the one that says what they are.
_MOST_BRANDS: Final = 256


def sniff(data: bytes) -> str | None:
    """Return the format of a file by its first bytes, or None; its name and Content-Type are never used."""
    brands = _brands(data)
    for name, format in FORMATS.items():
        if data.startswith(format.magic) or not brands.isdisjoint(format.brands):
            return name
    return None


def _brands(head: bytes) -> frozenset[bytes]:
    """Return the brands of an ISO base media file (ISO/IEC 14496-12, section 4.3), the form of a RIFF file, or none."""
    if head[:4] == b"RIFF":
        return frozenset((b"RIFF" + head[8:12],))
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), _MOST_BRANDS, len(head))
    return frozenset(b"ftyp" + head[at : at + 4] for at in (8, *range(16, end - 3, 4)))


def media_type(format: str) -> str:
    """Return the media type of a format that ``sniff`` returned."""
    return FORMATS[format].media_type


def file_name(name: str, format: str) -> str:
    """Return ``name`` with a suffix of the format, in place of another format's, else after what there is.

    Systems run or open a file as its suffix says, so one that the caller chose must not be the last.
    """
    stem, _, suffix = name.rpartition(".")
    own = suffixes(format)
    if stem and suffix.lower() in own:
        return name
    of_another = stem and any(suffix.lower() in suffixes(other) for other in FORMATS)
    return f"{stem if of_another else name}.{own[0]}"


def suffixes(format: str) -> tuple[str, ...]:
    """Return the suffixes of a format's files, the usual one first."""
    return (*FORMATS[format].suffixes, format)


def installed(format: str) -> bool:
    """Return whether the optional package that the format may need is installed."""
    module = FORMATS[format].module
    return not module or find_spec(module) is not None


def readable() -> tuple[str, ...]:
    """Return the formats that this installation reads."""
    return tuple(name for name in FORMATS if installed(name))


# of bytes of which nothing is known, or said
UNKNOWN_TYPE: Final = "application/octet-stream"


def readable_types() -> list[str]:
    """Return the media types of what this installation reads."""
    return [FORMATS[name].media_type for name in readable()]


def readable_labels(last: str = "or") -> str:
    """Return what this installation reads as messages say it: ``JPEG, PNG … or HEIC``."""
    return listed([FORMATS[name].label for name in readable()], last)


def auto_formats() -> tuple[str, ...]:
    """Return the formats that ``format=auto`` may choose if the client accepts them, most preferred first."""
    ranked = [name for name in WRITABLE if FORMATS[name].auto_rank]
    return tuple(sorted(ranked, key=lambda name: FORMATS[name].auto_rank))


def family(format: str, *, alpha: bool) -> str:
    """Return ``format`` if it can be written and browsers show it, else png for images with alpha, or jpeg."""
    if FORMATS[format].writable and FORMATS[format].web:
        return format
    return "png" if alpha else "jpeg"
