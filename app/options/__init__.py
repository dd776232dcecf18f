"""The options of a resize: one definition for the parser, the cache key and the docs.

``parse_canonical(o.canonical()) == o``, and two sets of options share a canonical text only if they are equal. Names
follow sharp where it has one.
"""

from __future__ import annotations

from app.options.describe import ALIASES, Option, describe
from app.options.fields import TYPES, ResizeOptions
from app.options.parser import MAX_PAIRS, MAX_TEXT, Presets, bounded, parse, parse_canonical, shown

__all__ = [
    "ALIASES",
    "MAX_PAIRS",
    "MAX_TEXT",
    "TYPES",
    "Option",
    "Presets",
    "ResizeOptions",
    "bounded",
    "describe",
    "parse",
    "parse_canonical",
    "shown",
]
