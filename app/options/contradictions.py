"""Finds options that make no sense beside each other, so that none of them silently wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.errors import ParameterError

LOSSLESS_FORMATS: Final = ("webp", "png")
QUALITY_FORMATS: Final = ("jpeg", "webp", "avif")
_STILL: Final = ("jpeg", "tiff")
_SEEKING: Final = ("entropy", "attention")


def contradictions(values: Mapping[str, Any]) -> list[ParameterError]:
    """Return what is wrong with the whole of ``values``, each of them right by itself."""
    return [ParameterError(*found) for rule in (_geometry, _seeking, _effects, _encoding) for found in rule(values)]


def _geometry(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "aspect" in values and ("width" in values) == ("height" in values):
        yield "aspect", "expected together with exactly one of width and height"
    if "focal" in values and "gravity" in values:
        yield "focal", "expected without gravity, both name the part to keep"


def _seeking(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if values.get("gravity") not in _SEEKING:
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
        yield "saturation", "expected without grayscale and tint, which leave no colour to saturate"


def _encoding(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    format = values.get("format")
    named = format not in (None, "auto")
    if values.get("lossless"):
        if named and format not in LOSSLESS_FORMATS:
            yield "lossless", f"expected with format webp or png, {format} cannot be lossless here"
        for name in ("quality", "max_bytes"):
            if name in values:
                yield name, "expected without lossless, which has no quality to choose"
    if "max_bytes" in values and named and format not in QUALITY_FORMATS:
        yield "max_bytes", f"expected with format jpeg, webp or avif, {format} has no quality to choose"
    if values.get("frames", 1) > 1 and format in _STILL:
        yield "frames", f"expected 1 with format {format}, which cannot move"
    if format == "gif":
        for name, default in (("metadata", "none"), ("icc", "srgb")):
            if values.get(name, default) != default:
                yield name, f"expected {default} with format gif, which cannot hold it"
