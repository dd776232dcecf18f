"""Decodes a JPEG at a fraction of its size, and finds out whether one without an end has all its pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from PIL import Image, ImageFile

from app.imaging import plugins
from app.imaging.headers import Header, jpeg

# How many bytes of a piece are joined with what the decoder left of the one before: more than a block of pixels takes.
_SEAM: Final = 1 << 12


def decode(data: bytes, header: Header, shrink: int) -> Image.Image:
    """Return the picture at 1/``shrink`` (1, 2, 4, 8) of its size; raises whatever the decoder raises."""
    if header.open_ended:
        _check_pixels(data)
    pieces = jpeg.strip(data, unseen=header.unseen.get(shrink, ()))
    image = plugins.open_image(pieces, "jpeg", size=header.stored_size)
    if shrink > 1:
        image.draft(None, (max(1, image.width // shrink), max(1, image.height // shrink)))
    return loaded(image, pieces)


def _check_pixels(data: bytes) -> None:
    """Raise EOFError when pixels depend on what comes behind the data, which then is cut."""
    seen = []
    for filling in jpeg.FILLINGS:
        pieces = jpeg.strip(data, filling=filling)
        seen.append(loaded(plugins.open_image(pieces, "jpeg"), pieces).histogram())
    if seen[0] != seen[1]:
        raise EOFError


def loaded(image: ImageFile.ImageFile, pieces: Iterable[bytes | memoryview]) -> Image.Image:
    """Return the pixels of a JPEG whose header is read; raises OSError and EOFError for broken and missing data.

    The decoder reads the pieces where they are. Pillow would copy them block by block, for a fiftieth of its time.
    """
    image.load_prepare()
    ((name, extents, _, args),) = image.tile
    decoder: Any = Image._getdecoder(image.mode, name, args, image.decoderconfig)
    try:
        decoder.setimage(image.im, extents)
        failed = _fed(decoder, pieces)
    finally:
        decoder.cleanup()
    if failed:
        raise OSError(f"broken data, error {failed} of the decoder")
    return image._new(image.im)


def _fed(decoder: Any, pieces: Iterable[bytes | memoryview]) -> int:
    """Return the error that the decoder ends with, 0 for none; raises EOFError when it wants more than there is.

    A piece ends behind a segment or a scan, of which it may leave some bytes until it has seen what follows.
    """
    left = b""
    for piece in pieces:
        given = memoryview(piece)
        if left:
            seam = left + given[:_SEAM]
            used, failed = decoder.decode(seam)
            if used < 0:
                return int(failed)
            taken = used - len(left)
            given = given[taken:] if taken >= 0 else memoryview(seam[used:] + given[_SEAM:])
        used, failed = decoder.decode(given)
        if used < 0:
            return int(failed)
        left = bytes(given[used:])
    raise EOFError
