"""Direct invocation: a resize asked for by whoever may invoke the function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from app import options, service
from app.deadline import Stopwatch
from app.errors import InvalidParameter, NotFound, ParameterError, ServiceError
from app.service import RenderSpec, RequestContext, Source
from app.storage import keys

if TYPE_CHECKING:
    from app.container import Container

_SOURCES = ("url", "key", "id")


def resize(container: Container, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Store the resized image and describe it: ``{"url" | "key" | "id": …, "width": …}``, bare or under ``data``.

    IAM decided that the caller may invoke us, so the caller is trusted like a key holder.
    """
    asked = event["data"] if "metadata" in event else event
    turn = RequestContext(container.deadline(context), Stopwatch())
    try:
        image = _resize(container, turn, asked)
    except ServiceError as exc:
        errors = msgspec.to_builtins(exc.errors) if isinstance(exc, InvalidParameter) else []
        return {"status": exc.status, "code": exc.code, "message": exc.detail, "errors": errors}
    return {"status": 200, "code": 0, "data": msgspec.to_builtins(image)}


def _resize(container: Container, turn: RequestContext, asked: Mapping[str, Any]) -> service.Image:
    given = [name for name in _SOURCES if name in asked]
    if len(given) != 1 or not isinstance(asked[given[0]], str):
        raise InvalidParameter(ParameterError("url", "expected exactly one of url, key and id, as text"))
    pairs = ((name, value) for name, value in asked.items() if name not in _SOURCES)
    parsed = options.parse(pairs, also=_SOURCES, presets=container.presets)
    source = _source(container, turn, given[0], asked[given[0]])
    result = service.resize(container.tools, turn, source, RenderSpec(parsed, persist=True))
    image, _ = service.upload(container.tools, turn, result.body)
    return image


def _source(container: Container, turn: RequestContext, name: str, value: str) -> Source:
    if name == "id":
        return service.stored_source(container.tools, turn, keys.check_id(value))
    if name == "url":
        return service.url_source(container.tools, turn, value, container.access.permit_any)
    data = container.tools.storage.get(keys.check_inbox(value))
    if data is None:
        raise NotFound(f"there is no object '{value[:200]}'")
    identity = container.tools.identify(data)
    return Source(identity, lambda: (identity, data))
