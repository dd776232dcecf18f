"""How a form asks for an option: a choice, a number between bounds, or text; read from the option's type."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from app.options.describe import describe
from app.options.fields import TYPES


class Control(msgspec.Struct, frozen=True):
    """The values to choose from, or the bounds of a number, None where it has none; ``integer`` of whole numbers."""

    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False

    @property
    def numeric(self) -> bool:
        """Return whether only a number will do."""
        return self.minimum is not None


def control(name: str) -> Control:
    """Return how to ask for one option."""
    if describe(name).is_switch:
        return Control(("true", "false"))
    parts = _alternatives(TYPES[name])
    if all(get_origin(part) is Literal for part in parts):
        return Control(tuple(value for part in parts for value in get_args(part)))
    if len(parts) == 1 and get_origin(parts[0]) is Annotated:
        kind, *metas = get_args(parts[0])
        bounds = next((meta for meta in metas if isinstance(meta, msgspec.Meta) and meta.ge is not None), None)
        if bounds and bounds.le is not None and kind in (int, float):
            return Control(minimum=bounds.ge, maximum=bounds.le, integer=kind is int)
    return Control()


def _alternatives(kind: Any) -> list[Any]:
    """Return the types that a value may have, without None and without the words that explain them."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *metas = get_args(kind)
        # the bounds of a type stay with it; get_args has merged them with the words, which come last
        bounded = [meta for meta in metas if isinstance(meta, msgspec.Meta) and meta.ge is not None]
        return [Annotated[inner, bounded[0]]] if bounded else _alternatives(inner)
    if origin in (Union, UnionType):
        return [found for part in get_args(kind) if part is not type(None) for found in _alternatives(part)]
    return [kind]
