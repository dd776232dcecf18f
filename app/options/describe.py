"""The description of each option for docs and messages, read from its definition."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args, get_origin

import msgspec

from app.core.text import listed
from app.options.fields import TYPES

# The option that each short name stands for.
ALIASES: Final = {alias: name for name in TYPES for alias in TYPES[name].__metadata__[-1].extra["aliases"]}


class Option(msgspec.Struct, frozen=True):
    """One option: its meaning, the values it takes, an example, its short names, and whether it is true or false."""

    name: str
    meaning: str
    expected: str
    example: str
    aliases: tuple[str, ...]
    is_switch: bool


def describe(name: str) -> Option:
    """Return the description of one option."""
    kind = TYPES[name]
    meta = kind.__metadata__[-1]
    extra = meta.extra
    return Option(
        name=name,
        meaning=meta.description,
        expected=extra["expected"] or _expected(kind),
        example=meta.examples[0],
        aliases=extra["aliases"],
        is_switch=get_args(kind)[0] is bool,
    )


def _expected(kind: Any) -> str:
    """Return the values that a type takes, in words: ``an integer from 1 to 8192, or max``."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return listed(parts)
    if origin is Annotated:
        bounds = next((meta for meta in parts[1:] if meta.ge is not None), None)
        noun = {int: "an integer", float: "a number"}.get(parts[0])
        return f"{noun} from {bounds.ge} to {bounds.le}" if noun and bounds else _expected(parts[0])
    if kind is bool:
        return "true or false"
    return ", or ".join(_expected(part) for part in parts if part is not type(None))
