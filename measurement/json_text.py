"""Writes JSON that a reviewer can diff: short values on one line, long ones with a member per line."""

from __future__ import annotations

import json
import math
from typing import Any, Final

WIDTH: Final = 300


def json_text(value: Any, *, width: int = WIDTH) -> str:
    """Return ``value``, made of plain dicts, lists and scalars, as JSON that ends with a newline.

    An object or array is on one line when that line is at most ``width`` characters long, and an array without
    objects always is; else each of its members starts a line of its own, but numbers and texts that follow one another
    in an object, which share lines. Equal values give equal text.
    """
    return _text(value, depth=0, column=0, width=width) + "\n"


def rounded(value: Any, *, digits: int = 6) -> Any:
    """Return ``value`` with fractions rounded to ``digits``, counted with those before the point, and 1.0 as 1."""
    if isinstance(value, dict):
        return {name: rounded(item, digits=digits) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits=digits) for item in value]
    if not isinstance(value, float):
        return value
    before_point = math.floor(math.log10(abs(value))) + 1 if value else 0
    number = round(value, max(0, digits - before_point))
    return int(number) if number.is_integer() else number


def _text(value: Any, *, depth: int, column: int, width: int) -> str:
    """Return ``value`` as text that starts at ``column`` of a line indented by ``depth`` spaces."""
    flat = json.dumps(value, ensure_ascii=False)
    # one character more for the comma that may follow
    if not value or not _has_objects(value) or column + len(flat) < width:
        return flat
    keys = (
        [f"{json.dumps(key, ensure_ascii=False)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    )
    members = value.values() if isinstance(value, dict) else value
    depth += 1
    lines: list[str] = []
    joins = False
    for key, member in zip(keys, members, strict=True):
        text = key + _text(member, depth=depth, column=depth + len(key), width=width)
        is_plain = isinstance(value, dict) and isinstance(member, int | float | str)
        # one character more for the comma that may follow
        if joins and is_plain and len(lines[-1]) + len(f", {text}") < width:
            lines[-1] += f", {text}"
        else:
            lines.append(" " * depth + text)
        joins = is_plain
    return "\n".join([flat[0], ",\n".join(lines), " " * (depth - 1) + flat[-1]])


def _has_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_objects, value)))
