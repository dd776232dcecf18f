"""Direct invocation: a resize for callers that may invoke the function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from app import options
from app.core.deadline import Stopwatch
from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.events.classify import direct_members
from app.service import Image, RenderSpec, RequestContext, Source

if TYPE_CHECKING:
    from app.container import Container

_SOURCES = ("url", "key", "id")


def resize(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Store the resized image and describe it: ``{"url" | "key" | "id": …, "width": …}``, bare or under ``data``.

    IAM decided that the caller may invoke us, so the caller is trusted like a key holder.
    """
    context = RequestContext(container.deadline(lambda_context), Stopwatch())
    try:
        image = _resize(container, context, direct_members(event))
    except ServiceError as exc:
        errors = msgspec.to_builtins(exc.errors) if isinstance(exc, InvalidParameter) else []
        return {"status": exc.status, "code": exc.code, "message": exc.detail, "errors": errors}
    return {"status": 200, "code": 0, "data": msgspec.to_builtins(image)}


def _resize(container: Container, context: RequestContext, members: Mapping[str, Any]) -> Image:
    given = [name for name in _SOURCES if name in members]
    if len(given) != 1 or not isinstance(members[given[0]], str):
        raise InvalidParameter(ParameterError("url", "expected exactly one of url, key and id, as text"))
    pairs = ((name, value) for name, value in members.items() if name not in _SOURCES)
    spec = RenderSpec(options.parse(pairs, also=_SOURCES, presets=container.presets), persist=True)
    source = _source(container, context, given[0], members[given[0]])
    result = container.services.results.resize(context, source, spec)
    image, _ = container.services.images.store_result(context, result.body)
    return image


def _source(container: Container, context: RequestContext, name: str, value: str) -> Source:
    services = container.services
    if name == "id":
        return services.sources.stored(context, value)
    if name == "url":
        return services.sources.from_url(context, value, container.access.check_source_host)
    return services.inbox.source(value)
