"""Reads JSON of an expected type, whatever it is that came instead."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

_Type = TypeVar("_Type")


class UnexpectedJson(ValueError):
    """It is not JSON, or not of the type that was asked for; the message says where."""


@overload
def decoded(text: bytes | str, type_: type[_Type]) -> _Type: ...
@overload
def decoded(text: bytes | str, type_: Any = Any) -> Any: ...
def decoded(text: bytes | str, type_: Any = Any) -> Any:
    """Return the JSON as a value of a type, a union of types among others; raise UnexpectedJson."""
    try:
        return msgspec.json.decode(text, type=type_)
    except RecursionError as exc:
        raise UnexpectedJson("JSON is nested too deeply") from exc
    # msgspec's errors are among them, and so is that of bytes which are not UTF-8
    except ValueError as exc:
        raise UnexpectedJson(str(exc)) from exc
