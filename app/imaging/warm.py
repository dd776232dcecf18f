"""Loads what the first image would load, for a cold start that is told to do so before the first request."""

from __future__ import annotations

from importlib import import_module
from typing import Final

# What every photograph needs; what only some options or formats need is left to their first use.
_MODULES: Final = (
    *("pipeline", "draw", "color_mode", "codecs.decode", "codecs.encode", "codecs.png_compression"),
    *("headers.jpeg", "headers.png", "headers.webp", "steps.resize", "steps.srgb", "steps.flatten"),
)
_PLUGINS: Final = ("JpegImagePlugin", "PngImagePlugin", "WebPImagePlugin")


def warm() -> None:
    """Import what turns a JPEG, PNG or WebP into another one."""
    for name in _MODULES:
        import_module(f"app.imaging.{name}")
    for name in _PLUGINS:
        import_module(f"PIL.{name}")
