"""The schemas of the options against the parser."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from app import options
from app.core.errors import InvalidParameter
from app.openapi.option_schemas import as_json, as_text

TEXTS = (
    *("", "0", "1", "-1", "2", "5", "100", "101", "360", "361", "8192", "8193", "10000", "10001", "0.5", "5.5", "abc"),
    *(
        "true",
        "false",
        "yes",
        "null",
        "center",
        "centre",
        "entropy",
        "jpg",
        "webp",
        "auto",
        "max",
        "none",
        "all",
        "keep",
    ),
    *("1,2", "1,2,3,4", "0.5,0.5", "1.5,0", "16:9", "0:9", "101:1", "red", "fff", "#ffff", "12345678", "transparent"),
    *("0123456789abcdef0123456789abcdef", "a/b", "photo.jpg", "srgb", "copyright", "cover", "keep"),
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    5.0,
    5.5,
    100,
    101,
    -1,
    8192,
    8193,
    10_000_000,
    "5",
    "0.5",
    "true",
    "red",
    [],
    {},
)
_TOGETHER = ("together", "exactly one of")


def parses(name: str, value: object) -> bool:
    """Say whether the parser takes the value, whatever it wants beside it."""
    try:
        options.parse([(name, value)])
    except InvalidParameter as exc:
        return any(word in exc.errors[0].detail.replace(options.describe(name).expected, "") for word in _TOGETHER)
    return True


def is_valid(schema: dict[str, Any], value: object) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("name", options.TYPES)
def test_what_is_valid_in_a_query_is_what_the_parser_takes(name: str) -> None:
    schema = as_text(name)
    kinds = {each.get("type") for each in schema.get("anyOf", [schema])}
    for text in TEXTS:
        numbers = (
            [float(text)] if kinds & {"integer", "number"} and text.lstrip("-").replace(".", "", 1).isdigit() else []
        )
        assert any(is_valid(schema, each) for each in (text, *numbers)) == parses(name, text), text


@pytest.mark.parametrize("name", options.TYPES)
def test_what_is_valid_in_json_is_what_the_parser_takes(name: str) -> None:
    for value in (*VALUES, *TEXTS):
        assert is_valid(as_json(name), value) == parses(name, value), value
