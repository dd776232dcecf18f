"""Whether a stored result is as it was written, as far as its beginning, its stated sizes and its end can tell.

Nothing is decoded: that would take as long as making the result again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from app.core.errors import UndecodableImage
from app.core.formats import sniff
from app.imaging.decode_errors import decoding
from app.imaging.headers.boxes import boxes

# An end of image (JPEG, B.1.1.3), a whole IEND chunk (PNG, 11.2.5), an empty block and the trailer (GIF89a, 27).
_ENDINGS: Final[Mapping[str, bytes]] = {"jpeg": b"\xff\xd9", "png": b"\0\0\0\0IEND\xae\x42\x60\x82", "gif": b"\0;"}


def is_complete(data: bytes) -> bool:
    """Return whether ``data`` is a whole file of a format that is written here."""
    format = sniff(data)
    if format is None or not data.endswith(_ENDINGS.get(format, b"")):
        return False
    with suppress(UndecodableImage), decoding(format):
        return format not in _CHECKS or _CHECKS[format](data)
    return False


def _fills_riff(data: bytes) -> bool:
    return 8 + int.from_bytes(data[4:8], "little") == len(data)


def _fills_boxes(data: bytes) -> bool:
    """Return whether the boxes end where the file ends; raises EOFError."""
    return sum(8 + len(payload) for _, payload in boxes(memoryview(data))) == len(data)


def _holds_strips(data: bytes) -> bool:
    """Return whether its directories, their values and its strips lie inside the file; raises what Pillow does."""
    from app.imaging import plugins
    from app.imaging.headers import ifd

    for directory in ifd.directories(data):
        if directory.end > len(data) or any(len(ifd.value(data, each)) < each.size for each in directory.entries):
            return False
    image: Any = plugins.open_image(data, "tiff")
    tags = image.tag_v2
    return all(begin + size <= len(data) for begin, size in zip(tags[273], tags[279], strict=True))


_CHECKS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "webp": _fills_riff,
    "avif": _fills_boxes,
    "tiff": _holds_strips,
}
