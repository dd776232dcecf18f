"""Loads what the first image would load: a cold start that is told to does it before there is a request."""

from __future__ import annotations

from importlib import import_module
from typing import Final

# the way of a photograph; what only some options or formats need is left to them
_MODULES: Final = (
    *(
        "app.imaging.pipeline",
        "app.imaging.codecs.decode",
        "app.imaging.draw",
        "app.imaging.color_mode",
        "app.imaging.codecs.encode",
    ),
    *("app.imaging.headers.jpeg", "app.imaging.headers.png", "app.imaging.headers.webp"),
    *("PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
)


def warm() -> None:
    """Import what turns a JPEG, PNG or WebP into another one."""
    for name in _MODULES:
        import_module(name)
