"""Writes JSON that a reviewer can diff: one record per line, no more digits than were measured."""

from __future__ import annotations

import json
import math
from collections.abc import Collection

import msgspec

_DIGITS = 6


def compact_json(value: object, *, expand: Collection[str]) -> bytes:
    """Return ``value`` as JSON in which each item of the objects and lists named in ``expand`` has a line.

    What contains such an object or list is expanded too; everything else is on one line. Fractions are
    rounded to six digits, counted with those before the point; whole numbers are kept.
    """
    return (_text(_rounded(msgspec.to_builtins(value)), "", frozenset(expand), named=False) + "\n").encode()


def _text(value: object, indent: str, expand: frozenset[str], *, named: bool) -> str:
    if not value or not isinstance(value, dict | list) or not (named or _contains(value, expand)):
        return json.dumps(value, ensure_ascii=False)
    inner = f"{indent} "
    if isinstance(value, dict):
        opening, closing = "{}"
        lines = [
            f"{json.dumps(name, ensure_ascii=False)}: {_text(item, inner, expand, named=name in expand)}"
            for name, item in value.items()
        ]
    else:
        opening, closing = "[]"
        lines = [_text(item, inner, expand, named=False) for item in value]
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{closing}"


def _contains(value: object, expand: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(name in expand or _contains(item, expand) for name, item in value.items())
    return isinstance(value, list) and any(_contains(item, expand) for item in value)


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    before_point = math.floor(math.log10(abs(value))) + 1 if value else 0
    number = round(value, max(0, _DIGITS - before_point))
    return int(number) if number.is_integer() else number
