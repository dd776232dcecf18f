"""Finds options that contradict each other, so that none of them silently wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.core.errors import ParameterError
from app.core.formats import FORMATS, LOSSLESS, WITH_QUALITY, Format
from app.core.text import listed

# Gravities that look for the part to keep, which sharp calls strategies.
_STRATEGIES: Final = ("entropy", "attention")


def contradictions(values: Mapping[str, Any]) -> list[ParameterError]:
    """Return the contradictions among ``values``, each of which is valid alone."""
    return [ParameterError(*found) for rule in (_geometry, _smart_crop, _effects, _encoding) for found in rule(values)]


def _geometry(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "aspect" in values and ("width" in values) == ("height" in values):
        yield "aspect", "expected together with exactly one of width and height"
    if "focal" in values and "gravity" in values:
        yield "focal", "expected without gravity, both name the part to keep"


def _smart_crop(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if values.get("gravity") not in _STRATEGIES:
        return
    box = ("width" in values and "height" in values) or "aspect" in values
    if values.get("fit") != "cover" or not box:
        yield "gravity", f"expected {values['gravity']} together with fit=cover, width and height"
    if values.get("rotate", 0.0) % 90:
        yield "gravity", f"expected {values['gravity']} with quarter turns only"


def _effects(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("watermark_gravity", "watermark_opacity", "watermark_scale"):
        if name in values and "watermark" not in values:
            yield name, "expected together with watermark"
    if values.get("saturation", 1.0) != 1.0 and (values.get("grayscale") or "tint" in values):
        yield "saturation", "expected without grayscale and tint, which leave no color to saturate"


def _encoding(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    format = values.get("format") or "auto"
    named = format != "auto"
    if values.get("lossless"):
        if named and format not in LOSSLESS:
            yield "lossless", f"expected with format {listed(LOSSLESS)}, {format} cannot be lossless here"
        for name in ("quality", "max_bytes"):
            if name in values:
                yield name, "expected without lossless, which has no quality to choose"
    if "max_bytes" in values and named and format not in WITH_QUALITY:
        yield "max_bytes", f"expected with format {listed(WITH_QUALITY)}, {format} has no quality to choose"
    if named:
        yield from _unsupported(format, FORMATS[format], values)


def _unsupported(name: str, format: Format, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the options that ask for more than the format can hold."""
    if values.get("frames", 1) > 1 and not format.animation:
        yield "frames", f"expected 1 with format {name}, which cannot be animated"
    for option, default, held in (("metadata", "none", format.exif), ("icc", "srgb", format.icc)):
        if values.get(option, default) != default and not held:
            yield option, f"expected {default} with format {name}, which cannot hold it"
