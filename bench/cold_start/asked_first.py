"""What a container is asked first: an image, its health, or a page, and how the response is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from bench.cold_start.rounds import check_result
from bench.handler.events import Event, rest_event
from measurement.figures import Target


class AskedFirst(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request.

    ``event`` takes the source image. ``check`` takes the path of the response's body, whose name ends with
    ``suffix``, and raises RuntimeError. ``target`` is that of our CPU over the bare app's; ``warm_calls`` make one
    measurement of a warm container.
    """

    name: str
    event: Callable[[bytes], Event]
    suffix: str
    check: Callable[[Path], None]
    target: Target
    warm_calls: int


def _image(source: bytes) -> Event:
    return rest_event("POST", "/resize", query={"w": "480"}, body=source, content_type="image/jpeg")


def _check_health(path: Path) -> None:
    if path.read_bytes().strip() != b"ok":
        raise RuntimeError(f"{path.name}: expected ok, received {path.read_bytes()[:100]!r}")


def _check_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "<form" not in text or not text.rstrip().endswith("</html>"):
        raise RuntimeError(f"{path.name}: expected a page with a form, received {text[:100]!r}")


IMAGE: Final = AskedFirst(
    name="first JPEG", event=_image, suffix=".jpg", check=check_result, target=Target(0.75), warm_calls=5
)
HEALTH: Final = AskedFirst(
    name="/healthz",
    event=lambda source: rest_event("GET", "/healthz"),
    suffix=".txt",
    check=_check_health,
    target=Target(0.7),
    warm_calls=100,
)
PAGE: Final = AskedFirst(
    name="first page",
    event=lambda source: rest_event("GET", "/"),
    suffix=".html",
    check=_check_page,
    target=Target(1.1),
    warm_calls=50,
)
