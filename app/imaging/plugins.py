"""Opens and saves images with the one Pillow plugin that their format needs, and loads no other."""

from __future__ import annotations

import sys
import threading
from contextlib import nullcontext
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageFile
from PIL import __version__ as PILLOW

from app.core.errors import UndecodableImage
from app.core.formats import FORMATS
from app.core.imports.postponed import PostponedImports
from app.imaging.joined_file import Content, joined_file

_LOADING: Final = threading.Lock()
# How many bytes a decoder gets at a time: with fewer it waits more often, with more they take more memory.
_BLOCK: Final = 1 << 17


def open_image(content: Content, format: str, *, size: tuple[int, int] | None = None) -> ImageFile.ImageFile:
    """Return the image with its header read and no pixel decoded; raises whatever Pillow raises.

    Raises UndecodableImage when it is not of ``size``, if that is known. Image.open would first load every common
    decoder, and each costs a cold start some milliseconds.
    """
    _load(format)
    decoder, _ = Image.OPEN[format.upper()]
    image = decoder(joined_file(content), "")
    if size not in (None, image.size):
        raise UndecodableImage("the file states different sizes of the image")
    return image


def _load(format: str) -> None:
    """Have Pillow register the decoder and the encoder of this one format."""
    name = f"PIL.{FORMATS[format].plugin}ImagePlugin"
    # The lock: a module is in sys.modules before it is complete, and another thread must wait for its end. Postponed:
    # some plugins can start other programs, which nothing here does.
    with _LOADING, nullcontext() if name in sys.modules else PostponedImports(("subprocess",)):
        import_module(name)


def loaded(image: ImageFile.ImageFile) -> Image.Image:
    """Return pixels, palette and info, without the file and the decoder and the memory they hold."""
    image.decodermaxblock = max(image.decodermaxblock, _BLOCK)
    image.load()
    return image._new(image.im)


def next_frame(image: ImageFile.ImageFile, index: int) -> Image.Image:
    """Return one frame of an animation, which is read in the order of its frames."""
    image.seek(index)
    frame = loaded(image)
    image._im = None  # the next frame must not be painted over this one
    return frame


def save_image(image: Image.Image, format: str, **settings: Any) -> bytes:
    """Return the image encoded in ``format`` with Pillow's ``settings``; ``append_images`` makes an animation.

    Does what Image.save does, which would first load every common plugin.
    """
    _load(format)
    image = image._new(image.im)  # settings are kept on the image, and two threads may encode the same one
    handlers = Image.SAVE_ALL if "append_images" in settings else Image.SAVE
    image.encoderinfo, image.encoderconfig = settings, ()
    out = BytesIO()
    handlers[format.upper()](image, out, "")
    return out.getvalue()


def versions() -> dict[str, str]:
    """Return the versions of the resampler, of Pillow, and of each codec that it was built with."""
    from PIL import features

    from app.imaging.native_resampler import resampler

    codecs = ("libjpeg_turbo", "zlib_ng", "webp", "avif", "libtiff", "littlecms2")
    found = {name: version for name in codecs if (version := features.version(name))}
    return {"resampler": resampler(), "pillow": PILLOW, **found}
