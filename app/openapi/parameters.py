"""The parameters of the routes, other than options: where the image is, signatures, cursors, paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app import options
from app.openapi.option_schemas import Schema, as_json, as_text

# empty is as good as not given: forms send every field
_HEX_ID: Final = {"type": "string", "pattern": "^([0-9a-f]{32})?$"}
_URL: Final = r"^(https?://[a-z0-9]+(\.[a-z0-9]+)*(:[1-9][0-9]{0,3})?(/[!-\[\]-~]*)?)?$"
_COUNT: Final = {"type": "integer", "minimum": 0, "maximum": 999}
_TEXT: Final = {"type": "string", "maxLength": options.MAX_TEXT}
# 1 to 8192, as MAX_SIDE says
_WIDTH: Final = "([1-9][0-9]{0,2}|[1-7][0-9]{3}|80[0-9]{2}|81[0-8][0-9]|819[0-2])"

# everything that is no option, by name, with its meaning
NAMED: Final[Mapping[str, tuple[Schema, str]]] = {
    "id": (_HEX_ID, "the id of a stored image"),
    "url": (
        {**_TEXT, "pattern": _URL},
        "an image somewhere else; other characters are taken too and percent-encoded",
    ),
    "token": (_TEXT, "the token of a presigned upload"),
    "v": (_TEXT, "ignored: a new value gets around caches"),
    "expires": (
        {"type": "string", "pattern": "^[0-9]{1,12}$"},
        "when a signed link expires, in Unix seconds",
    ),
    "expires_in": (
        {"anyOf": ({"type": "integer", "minimum": 1, "maximum": 31_622_400}, {"const": ""}), "default": 86_400},
        "how long the presigned link of the answer works, in seconds",
    ),
    "widths": (
        {"type": "string", "pattern": "^" + _WIDTH + "(," + _WIDTH + "){0,19}$"},
        "the widths to link to, separated by commas; default those of MONOLAMBDA_WIDTHS",
    ),
    "colors": (
        {"type": "string", "enum": ("0", "1", "false", "true"), "default": "0"},
        "whether to answer the colors, a BlurHash and a placeholder too",
    ),
    "exif": (
        {"type": "string", "enum": ("safe", "all"), "default": "safe"},
        "all adds the GPS position",
    ),
    "cursor": (_HEX_ID, "the id to start after"),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "how many images to answer"),
    "next": ({"type": "string"}, "the path of this service to go to after signing in"),
    # the addresses of pages, which POST /upload makes
    "uploaded": (_TEXT, "the ids of up to 20 images, separated by commas: lists these instead of the upload form"),
    "known": (_TEXT, "which of them were stored before; of a single image, whether it was"),
    "more": (_COUNT, "how many further images were stored"),
    "failed": (
        {"type": "array", "items": _TEXT},
        "code:name of up to 10 files that were not stored: the code of the error and the name of the file",
    ),
    "more_failed": (_COUNT, "how many further files were not stored"),
}
SOURCE: Final = ("id", "url")
_PATHS: Final[Mapping[str, tuple[Schema, str]]] = {
    "image_id": ({"type": "string"}, "the id of a stored image: 32 hex digits"),
    "job_id": ({"type": "string"}, "the id of a job"),
}
_HEADERS: Final[Mapping[str, str]] = {
    "If-Match": "the ETag of the version that is meant, or *: 412 when there is another",
    "If-None-Match": "the ETag of an earlier answer, or *: 304 when nothing changed",
    "Range": "one range of bytes, as bytes=0-99",
    "Prefer": "respond-async: 202 now, and the result at /status/{job}",
}


def in_query(name: str) -> dict[str, Any]:
    """Return a parameter of the query that is no option."""
    schema, meaning = NAMED[name]
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def in_path(name: str) -> dict[str, Any]:
    """Return a parameter of the path."""
    schema, meaning = _PATHS[name]
    return {"name": name, "in": "path", "required": True, "description": meaning, "schema": schema}


def in_header(name: str) -> dict[str, Any]:
    """Return a request header that changes the answer."""
    return {"name": name, "in": "header", "description": _HEADERS[name], "schema": {"type": "string"}}


def option_names() -> tuple[str, ...]:
    """Return the names of the options, short ones too."""
    return (*options.TYPES, *options.ALIASES)


def of_options(leave_out: Iterable[str] = (), presets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return a parameter for each option and each short name, and ``preset`` where there are any."""
    names = [name for name in option_names() if name not in leave_out] + ["preset"] * bool(presets)
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def of_form(presets: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return what ``of_options`` returns for a page whose form sends every option, empty ones too."""
    return [{"$ref": f"{each['$ref']}.form"} for each in of_options(presets=presets)]


def component_parameters(presets: Iterable[str] = ()) -> dict[str, Any]:
    """Return what ``of_options`` and ``of_form`` refer to."""
    found: dict[str, dict[str, Any]] = {
        name: {"name": name, "in": "query", "description": _meaning(name), "schema": as_text(_full(name))}
        for name in option_names()
    }
    words = "options with a name, from MONOLAMBDA_PRESETS"
    preset = {"name": "preset", "in": "query", "description": words, "schema": _preset(presets)}
    found |= {"preset": preset} if presets else {}
    return found | {f"{name}.form": {**each, "schema": _or_empty(each["schema"])} for name, each in found.items()}


def component_schemas() -> dict[str, Schema]:
    """Return the schemas of options that ``members`` refers to, as text and as JSON."""
    texts = {f"{name}.text": as_text(name) for name in options.TYPES}
    return texts | {f"{name}.json": as_json(name) for name in options.TYPES}


def members(names: Iterable[str], form: str, presets: Iterable[str] = ()) -> dict[str, Schema]:
    """Return the members of a form (``text``) or of JSON (``json``): those of ``names``, the options and presets."""
    found = flags(names) | {name: {"$ref": f"#/components/schemas/{_full(name)}.{form}"} for name in option_names()}
    return found | ({"preset": _preset(presets)} if presets else {})


def flags(names: Iterable[str]) -> dict[str, Schema]:
    """Return the members of a form or of JSON that has no options."""
    return {name: {**NAMED[name][0], "description": NAMED[name][1]} for name in names}


def _or_empty(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"const": ""}]}


def _full(name: str) -> str:
    return options.ALIASES.get(name, name)


def _meaning(name: str) -> str:
    option = options.describe(_full(name))
    short = f"short for {option.name}: " if name != option.name else ""
    return f"{short}{option.meaning}; {option.expected}"


def _preset(presets: Iterable[str]) -> Schema:
    return {"type": "string", "enum": sorted(presets)}
