"""Helpers that call the use cases of a container as a door would."""

from __future__ import annotations

from app.container import Container
from app.core.deadline import Deadline, Stopwatch
from app.options import parse
from app.service import RenderSpec, RequestContext, Result
from tests.support import drawing

PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG")
SMALL = RenderSpec(parse([("width", "40")]), persist=True)


def new_context() -> RequestContext:
    return RequestContext(Deadline.after(30), Stopwatch())


def upload(container: Container, data: bytes = PHOTO) -> str:
    """Store the image and return its id."""
    return container.services.images.upload(new_context(), data)[0].id


def resize(container: Container, image_id: str, spec: RenderSpec = SMALL) -> Result:
    context = new_context()
    return container.services.results.resize(context, container.services.sources.stored(context, image_id), spec)


def resize_url(container: Container, url: str, spec: RenderSpec = SMALL) -> Result:
    context = new_context()
    source = container.services.sources.from_url(context, url, container.access.check_source_host)
    return container.services.results.resize(context, source, spec)


def tampered(token: str) -> list[str]:
    """Return what someone without the secret could make of the token of an upload."""
    payload, _, mac = token.partition(".")
    other = "A" if payload[8] != "A" else "B"
    return ["", ".", "é", payload, f".{mac}", f"{payload}.{'0' * 32}", f"{payload[:8]}{other}{payload[9:]}.{mac}"]
