"""The request bodies of the document: raw images, forms, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.core import formats
from app.openapi.option_schemas import Schema
from app.openapi.parameters import flags, members
from app.openapi.responses import readable_images

if TYPE_CHECKING:
    from app.openapi.service import Service

_SOURCES: Final = ("id", "url", "token", "v", "expires")
_FLAGS: Final = ("colors", "exif")
_FILE: Final = {"type": "string", "format": "binary", "description": "an image"}


def for_resize(service: Service) -> dict[str, Any]:
    """Return the body of ``POST /resize``: an image, or what names one, with options."""
    fields = members(_SOURCES, "text", service.presets)
    return _body(
        {
            **readable_images(),
            **_form({"file": _FILE, **fields}),
            **_urlencoded(fields),
            **_json(members(_SOURCES, "json", service.presets)),
        }
    )


def for_info() -> dict[str, Any]:
    """Return the body of ``POST /info``."""
    given = flags((*_SOURCES, *_FLAGS))
    colors = {"anyOf": [given["colors"], {"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]}
    forms = {**_form({"file": _FILE, **given}), **_urlencoded(given)}
    return _body({**readable_images(), **forms, **_json({**given, "colors": colors})})


def for_upload() -> dict[str, Any]:
    """Return the body of ``POST /upload``: an image, a form with several, or the address of one."""
    files = {"file": {"type": "array", "minItems": 1, "maxItems": 99, "items": _FILE}}
    address = flags(("url",))
    return _body({**readable_images(), **_form(files, "file"), **_urlencoded(address), **_json(address, "url")})


def for_presign(service: Service) -> dict[str, Any]:
    """Return the body of ``POST /upload/presign``."""
    largest = service.max_source_bytes
    announced: dict[str, Schema] = {
        "filename": {"type": "string", "maxLength": 1024},
        "content_type": {
            "type": "string",
            "enum": [*formats.readable_types(), formats.UNKNOWN_TYPE],
            "description": f"{formats.UNKNOWN_TYPE} where it is unknown; the content decides when it is complete",
        },
        "bytes": {"type": "integer", "minimum": 1, "maximum": largest},
    }
    return _body(_json(announced, "content_type", "bytes"))


def for_incoming() -> dict[str, Any]:
    """Return the body of ``POST /upload/incoming``: the form that a bucket would take."""
    return _body(
        {"multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE}}}}
    )


def for_complete() -> dict[str, Any]:
    """Return the body of ``POST /upload/complete``."""
    return _body(_json({"token": {"type": "string"}}, "token"))


def for_login() -> dict[str, Any]:
    """Return the form of the page that asks for a key."""
    fields = {"key": {"type": "string"}, "next": {"type": "string"}}
    return _body({"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": fields}}})


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": content}


def _form(fields: dict[str, Schema], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}
    encoding = {"file": {"contentType": ", ".join(formats.readable_types())}}
    return {"multipart/form-data": {"schema": schema, "encoding": encoding}}


def _urlencoded(fields: dict[str, Schema]) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return {"application/x-www-form-urlencoded": {"schema": schema}}


def _json(fields: dict[str, Schema], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}
    return {"application/json": {"schema": schema}}
