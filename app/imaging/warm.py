"""Loads what the first image would load, for a cold start set to do so before the first request."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from app.imaging.native_resampler import native_resampler

# What every photograph needs; modules for some options or formats only are left to their first use.
_MODULES: Final = (
    *("pipeline", "draw", "color_mode", "codecs.decode", "codecs.jpeg", "codecs.png"),
    *("codecs.encode", "codecs.png_compression"),
    *("headers.jpeg", "headers.png", "headers.webp", "steps.resize", "steps.srgb", "steps.flatten"),
)
_PLUGINS: Final = ("JpegImagePlugin", "PngImagePlugin", "WebPImagePlugin")


def warm() -> None:
    """Import everything needed to convert between JPEG, PNG and WebP."""
    for name in _MODULES:
        import_module(f"app.imaging.{name}")
    for name in _PLUGINS:
        import_module(f"PIL.{name}")
    native_resampler()
