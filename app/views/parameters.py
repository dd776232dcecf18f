"""The parameters of a resize, from query, form or JSON: where the image is, and the options."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import msgspec
from flask import request

from app import imaging, options
from app.access import signing
from app.core import formats
from app.core.errors import InvalidParameter, ParameterError, UnsupportedMediaType
from app.options import Presets, ResizeOptions

Pair = tuple[str, object]

# parameters that do not change the image; ``v`` only busts caches
_NOT_OPTIONS: Final = ("s", "expires", "v")
_SOURCES: Final = ("url", "id", "token")
# a request is options and a URL; parsed, its JSON takes fifty times as much memory
_MAX_JSON_BYTES: Final = 64 * 1024
_URLENCODED: Final = "application/x-www-form-urlencoded"


class ResizeRequest(msgspec.Struct, frozen=True):
    """A resize request; exactly one of ``url``, ``id``, ``token`` and ``data`` says where the image is."""

    options: ResizeOptions
    url: str = ""
    id: str = ""
    token: str = ""
    data: bytes = b""


def from_query(presets: Presets | None = None) -> ResizeRequest:
    """Read GET parameters; raise InvalidParameter listing every mistake."""
    resize_request = read(query_pairs(), data=b"", presets=presets)
    refuse_token(resize_request, "expected in the JSON body of POST /resize")
    return resize_request


def refuse_token(resize_request: ResizeRequest, expected: str) -> None:
    """Raise InvalidParameter for a token: completing its upload stores the image, which no GET may do."""
    if resize_request.token:
        raise InvalidParameter(ParameterError("token", expected))


def from_body(presets: Presets | None = None) -> ResizeRequest:
    """Read a POST: a raw image, a form, multipart with the field ``file``, or JSON; options also in the query."""
    pairs, data = body_pairs()
    return read(pairs, data=data, presets=presets)


def body_pairs() -> tuple[list[Pair], bytes]:
    """Return the parameters of a POST, from query, form and JSON, and the image in its body, empty if there is none."""
    if request.mimetype == "multipart/form-data":
        # Werkzeug calls a field None whose header names none that can be read
        fields = [(name or "", text) for name, text in request.form.items(multi=True)]
        return options.bounded([*query_pairs(), *fields]), single_file()
    if request.mimetype == "application/json":
        return options.bounded([*query_pairs(), *json_members()]), b""
    pairs, data = query_pairs(), _body()
    if _is_urlencoded(data):
        return options.bounded([*pairs, *_urlencoded(data)]), b""
    return pairs, _image(data)


def _is_urlencoded(data: bytes) -> bool:
    """Return whether the body is the form that it claims to be; curl claims it of any file too."""
    return request.mimetype == _URLENCODED and b"=" in data and _is_text(data) and imaging.sniff(data) is None


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _urlencoded(data: bytes) -> list[Pair]:
    """Return the fields of a urlencoded form, within the bounds that every form has."""
    _, fields, _ = request.make_form_data_parser().parse(BytesIO(data), _URLENCODED, len(data))
    return list(fields.items(multi=True))


def _image(data: bytes) -> bytes:
    """Return the body when it is an image, whatever its Content-Type claims.

    Raises InvalidParameter for an empty body, UnsupportedMediaType for one that is no image.
    """
    if not data:
        expected = "expected an image as the body, or a multipart form with the field 'file'"
        raise InvalidParameter(ParameterError("file", expected))
    _require_binary(data)
    require_image(data)
    return data


def _require_binary(data: bytes) -> None:
    """Raise UnsupportedMediaType for what ``curl -d @photo.jpg`` leaves of a file: no NUL, no end of a line.

    There is no image without any of these, whatever its format.
    """
    if request.mimetype == _URLENCODED and not data.isascii() and not any(byte in data for byte in b"\0\r\n"):
        raise UnsupportedMediaType(
            "the bytes were sent as a form and are incomplete: send them as binary (curl --data-binary @photo.jpg)"
        )


def _body() -> bytes:
    """Return the whole request body.

    Werkzeug silently cuts a body of unknown length at the limit; only another read shows that there was more.
    """
    data = request.get_data(cache=False, parse_form_data=False)
    if request.content_length is None:
        request.stream.read()
    return data


def require_image(data: bytes) -> None:
    """Raise UnsupportedMediaType unless the content is that of a known image format."""
    if imaging.sniff(data) is not None:
        return
    if not data:
        raise UnsupportedMediaType(f"the file is empty: expected a {formats.readable_labels()} image")
    if b"\xef\xbf\xbd" in data[:64]:
        raise UnsupportedMediaType(
            "the bytes were decoded as text on the way and are lost: send them as binary "
            "(curl --data-binary; binary media types */* at API Gateway)"
        )
    raise UnsupportedMediaType(f"expected a {formats.readable_labels()} image, judged by its content")


def single_file() -> bytes:
    """Return the bytes of the one form field ``file``, empty when there is none."""
    unknown = [name or "" for name in request.files if name != "file"]
    if unknown:
        raise InvalidParameter(*(ParameterError(name, "expected files in the field 'file'") for name in unknown))
    files = request.files.getlist("file")
    if len(files) > 1:
        raise InvalidParameter(ParameterError("file", "expected one file", f"{len(files)} files"))
    data = files[0].read() if files else b""
    if data:
        require_image(data)
    return data


def query_pairs() -> list[Pair]:
    """Return the parameters of the query; a name that is repeated is in the list each time."""
    return options.bounded(request.args.items(multi=True))


def json_members() -> list[Pair]:
    """Return name and value of each member of the JSON body, repeated names included.

    Raises InvalidParameter for what is not an object or has too many members; a body over 64 KiB is a 413.
    """
    import json

    request.max_content_length = _MAX_JSON_BYTES
    try:
        members = json.loads(_body(), object_pairs_hook=list)
    except (ValueError, RecursionError) as exc:
        raise InvalidParameter(ParameterError("body", "expected a JSON object")) from exc
    if not isinstance(members, list) or not all(isinstance(member, tuple) for member in members):
        raise InvalidParameter(ParameterError("body", "expected a JSON object"))
    return options.bounded(members)


def read(pairs: list[Pair], *, data: bytes, presets: Presets | None = None) -> ResizeRequest:
    """Return the request given by ``pairs``; raise InvalidParameter listing every mistake."""
    problems: list[ParameterError] = []
    given: dict[str, Any] = {}
    rest: list[Pair] = []
    for name, value in pairs:
        if name not in _NOT_OPTIONS + _SOURCES:
            rest.append((name, value))
        elif name in given or not isinstance(value, str):
            problems.append(ParameterError(name, "expected once, as text", options.shown(value)))
        else:
            given[name] = value
    problems += _source_problems(given, data)
    parsed = ResizeOptions()
    try:
        parsed = options.parse(rest, also=_NOT_OPTIONS + _SOURCES, presets=presets)
    except InvalidParameter as exc:
        problems += exc.errors
    try:
        signing.expiry(given.get("expires", "0"))
    except InvalidParameter as exc:
        problems += exc.errors
    if problems:
        raise InvalidParameter(*problems)
    return ResizeRequest(parsed, given.get("url", ""), given.get("id", ""), given.get("token", ""), data)


def _source_problems(given: dict[str, Any], data: bytes) -> list[ParameterError]:
    sources = [name for name in _SOURCES if given.get(name)] + ["file"] * bool(data)
    if len(sources) == 1:
        return []
    expected = "expected exactly one of url, id, token (POST only) and an image in the body"
    return [ParameterError(sources[0] if sources else "url", expected, ", ".join(sources))]
