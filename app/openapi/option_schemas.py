"""The JSON Schema of each option, as text in a query or form and as a member of JSON, from the parser's own types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app import options
from app.openapi.number_patterns import decimals, integers
from app.options import ResizeOptions, css_colors
from app.options.fields import SEPARATORS
from app.options.parser import SYNONYMS

Schema = dict[str, Any]

_BOOLEANS: Final = ("true", "false", "1", "0")
# what the parser reads with functions of its own: the text, and the JSON numbers with the same digits
_TINT: Final = "^#?([0-9a-fA-F]{3}[fF]?|[0-9a-fA-F]{6}([fF]{2})?)$"
_BACKGROUND: Final = "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"
_COLOR_NUMBERS: Final = {
    "tint": ((100, 999), (100_000, 999_999)),
    "background": ((100, 9_999), (100_000, 999_999), (10_000_000, 99_999_999)),
}


def as_text(name: str) -> Schema:
    """Return the schema of an option in a query or a form."""
    return _described(name, [text for each in _alternatives(name) for text in _as_text(name, each)])


def as_json(name: str) -> Schema:
    """Return the schema of an option in JSON, where numbers and truth values may be text as well."""
    return _described(name, [found for each in _alternatives(name) for found in _as_json(name, each)])


def _alternatives(name: str) -> list[Schema]:
    """Return the schemas of the values of an option, ``null`` left out: no request has it."""
    if name == "rotate":  # the type holds the angle that is left of it
        return [{"type": "number", "minimum": -360, "maximum": 360}]
    schema = msgspec.json.schema(options.TYPES[name])
    found = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return [{key: each[key] for key in each if key not in ("description", "examples")} for each in found]


def _described(name: str, schemas: Sequence[Schema]) -> Schema:
    defaults = dict(zip(ResizeOptions.__struct_fields__, ResizeOptions.__struct_defaults__, strict=True))
    default = {} if defaults[name] is None else {"default": _default(defaults[name])}
    return {**(schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}), **default}


def _default(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _as_text(name: str, schema: Schema) -> list[Schema]:
    if name in _COLOR_NUMBERS:
        names = [each for each in css_colors.names() if name == "background" or each != "transparent"]
        pattern = _TINT if name == "tint" else _BACKGROUND
        return [{"type": "string", "enum": names}, {"type": "string", "pattern": pattern}]
    if schema.get("type") == "boolean":
        return [{"type": "string", "enum": list(_BOOLEANS)}]
    if schema.get("type") == "array":
        return [{"type": "string", "pattern": f"^{_list_pattern(name, schema['prefixItems'])}$"}]
    if "enum" in schema:
        synonyms = [word for word, meant in SYNONYMS.get(name, {}).items() if meant in schema["enum"]]
        return [{"type": "string", "enum": [*schema["enum"], *synonyms]}]
    if "pattern" in schema:  # Python's $ matches before a last newline too, that of JSON Schema does not
        return [{**schema, "pattern": schema["pattern"].removesuffix("(?!\\n)")}]
    return [schema]


def _as_json(name: str, schema: Schema) -> list[Schema]:
    texts = _as_text(name, schema)
    if schema.get("type") == "boolean":
        return [schema, {"type": "integer", "enum": [0, 1]}, *texts]
    if schema.get("type") in ("integer", "number"):
        sign = "-?" if schema["minimum"] < 0 else ""
        return [*texts, {"type": "string", "pattern": f"^{sign}{_number_pattern(schema)}$"}]
    bounds = _COLOR_NUMBERS.get(name, ())
    if name == "pad":
        side = schema["prefixItems"][0]
        bounds = ((side["minimum"], side["maximum"]),)
    return [*texts, *({"type": "integer", "minimum": low, "maximum": high} for low, high in bounds)]


def _list_pattern(name: str, items: Sequence[Schema]) -> str:
    several = SEPARATORS[name].join(map(_number_pattern, items))
    return f"({several}|{_number_pattern(items[0])})" if name == "pad" else several


def _number_pattern(schema: Schema) -> str:
    make = integers if schema["type"] == "integer" else decimals
    return make(max(0, schema["minimum"]), schema["maximum"])
