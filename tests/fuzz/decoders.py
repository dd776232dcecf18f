"""The decoders' door, one target per format: broken files raise our errors and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import ServiceError
from app.core.formats import FORMATS
from app.options import ResizeOptions, parse_canonical
from tests.fuzz.target import Check, Target
from tests.support import drawing, heic

Step = Callable[[bytes, imaging.Header], None]

# small, so that many files are tried in a second
LIMITS = Limits(max_source_pixels=300_000, max_frames=12, max_output_pixels=600_000)
OPTIONS = tuple(
    map(parse_canonical, ("format=png", "format=webp&width=9", "trim=10&format=jpeg", "rotate=30&metadata=all&width=7"))
)


def targets() -> dict[str, Target]:
    """Return a target for each format that can be read."""
    return {name: Target(partial(seeds, name), partial(_open, name)) for name in FORMATS}


def _open(name: str, directory: Path) -> Check:
    return partial(check, name)


def check(name: str, data: bytes) -> None:
    """Read the header, describe, decode and resize a file of this format."""
    if imaging.sniff(data[:64]) != name:
        return
    with suppress(ServiceError):
        header = imaging.probe(data, LIMITS)
        steps: list[Step] = [_describe, _verify, *(partial(_render, wanted=each) for each in OPTIONS)]
        for step in steps:
            with suppress(ServiceError):
                step(data, header)


def _describe(data: bytes, header: imaging.Header) -> None:
    info = imaging.describe(data, LIMITS, position=True)
    assert (info.width, info.height) == (header.width, header.height)


def _verify(data: bytes, header: imaging.Header) -> None:
    imaging.verify(data, LIMITS, Deadline.after(20))


def _render(data: bytes, header: imaging.Header, *, wanted: ResizeOptions) -> None:
    work = imaging.prepare(data, wanted, LIMITS)
    made = imaging.render(work, data, Deadline.after(20), Stopwatch())
    again = imaging.probe(made.body, Limits())
    assert (again.width, again.height) == (made.width, made.height)
    if wanted is OPTIONS[0]:
        assert (made.width, made.height) == (header.width, header.height), "the header promised another size"


def seeds(name: str) -> Sequence[bytes]:
    """Return small files of the format: color models, depths, metadata, animation."""
    return SEEDS[name]()


def _still(format: str, *modes: str, **settings: object) -> list[bytes]:
    picture = drawing.photo(24, 18)
    return [drawing.encoded(picture.convert(mode), format, **settings) for mode in modes]


def _animated(format: str) -> bytes:
    return drawing.animation(format, drawing.moving((20, 14), 3), duration=50, loop=2)


def _jpeg() -> list[bytes]:
    picture = drawing.photo(24, 18)
    extras = {"exif": drawing.author("a"), "dpi": (72, 72)}
    return [
        *_still("JPEG", "RGB", "L", "CMYK"),
        drawing.encoded(picture, "JPEG", progressive=True, **extras),
        drawing.encoded(picture, "JPEG", exif=drawing.exif(6), subsampling=0, restart_marker_rows=1),
    ]


def _png() -> list[bytes]:
    rows = [bytes(range(n, n + 8)) for n in range(4)]
    return [
        *_still("PNG", "RGB", "L", "RGBA", "LA", "P", "1"),
        drawing.png((4, 4), 16, 0, rows, tRNS=b"\0\1"),
        drawing.png((8, 4), 8, 3, rows, PLTE=bytes(3 * 16), tRNS=bytes(5)),
        drawing.encoded(drawing.photo(24, 18), "PNG", exif=drawing.author("a")),
        _animated("PNG"),
    ]


def _tiff() -> list[bytes]:
    compressed = [
        _still("TIFF", "RGB", compression=each)[0] for each in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")
    ]
    return [*_still("TIFF", "RGB", "L", "RGBA", "CMYK", "1", "I;16"), *compressed, _animated("TIFF")]


def _webp() -> list[bytes]:
    picture = drawing.photo(24, 18)
    return [
        *_still("WEBP", "RGB", "RGBA"),
        drawing.encoded(picture, "WEBP", lossless=True, exif=drawing.exif(3)),
        _animated("WEBP"),
    ]


def _heic() -> list[bytes]:
    picture = drawing.photo(64, 64)
    return [heic.encoded(picture, quality=30), heic.encoded(picture.convert("RGBA"), quality=30)]


SEEDS = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": lambda: [*_still("GIF", "P", "L"), _animated("GIF")],
    "avif": lambda: [*_still("AVIF", "RGB", "RGBA", speed=10), _animated("AVIF")],
    "tiff": _tiff,
    "bmp": lambda: _still("BMP", "RGB", "L", "1", "P"),
    "heic": _heic,
}
