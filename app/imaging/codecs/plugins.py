"""Opens bytes with the one decoder their content asks for, and loads no other."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image, ImageFile
from PIL import __version__ as PILLOW

from app.formats import FORMATS


def open_image(data: bytes, format: str) -> ImageFile.ImageFile:
    """Return the image with its header read and no pixel decoded; raises whatever Pillow raises.

    Image.open would first load every common decoder; each costs a cold start some milliseconds.
    """
    if format == "heic":
        from app.imaging.codecs import heic

        return heic.opened(data)
    _load(format)
    decoder, _ = Image.OPEN[format.upper()]
    return decoder(BytesIO(data), "")


def _load(format: str) -> None:
    """Have Pillow register the decoder and the encoder of this one format."""
    import_module(f"PIL.{FORMATS[format].plugin}ImagePlugin")


def detached(image: ImageFile.ImageFile) -> Image.Image:
    """Return the loaded pixels, palette and info without the file, the decoder and what they hold in memory."""
    return image._new(image.im)


def save_image(image: Image.Image, format: str, **settings: Any) -> bytes:
    """Return the image encoded in ``format`` with Pillow's ``settings``; ``append_images`` makes an animation.

    Does what Image.save does, which would first load every common decoder.
    """
    _load(format)
    image = image._new(image.im)  # settings are kept on the image, and one picture may be encoded on two threads
    handlers = Image.SAVE_ALL if "append_images" in settings else Image.SAVE
    image.encoderinfo, image.encoderconfig = settings, ()
    out = BytesIO()
    handlers[format.upper()](image, out, "")
    return out.getvalue()


def versions() -> dict[str, str]:
    """Return the version of Pillow and of each codec it carries."""
    from PIL import features

    codecs = ("libjpeg_turbo", "zlib_ng", "webp", "avif", "libtiff", "littlecms2")
    found = {name: features.version(name) or "" for name in codecs}
    return {"pillow": PILLOW, **{name: version for name, version in found.items() if version}}
