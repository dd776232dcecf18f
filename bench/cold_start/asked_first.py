"""What a container is asked first, and how the response is checked: an image, its health, a page, or a new object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec

from bench.cold_start.bucket import NAME, MemoryBucket
from bench.cold_start.rounds import check_image, check_result
from bench.handler.events import Event, rest_event, s3_event
from measurement.figures import Target


class AskedFirst(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event.

    ``event`` takes the source image. ``check`` takes the path of the response's body, whose name ends with
    ``suffix``, and raises RuntimeError. ``beside`` are the packages that ours is compared with; ``target`` is that of
    our CPU over the first one's. ``warm_calls`` make one measurement of a warm container, which takes
    turns with the first one and ``beside_warm``. With ``variables`` in its environment a container reaches a bucket.
    """

    name: str
    event: Callable[[bytes], Event]
    suffix: str
    check: Callable[[Path], None]
    target: Target | None = None
    warm_calls: int
    beside: tuple[str, ...] = ("bare",)
    beside_warm: tuple[str, ...] = ("not_postponed",)
    variables: Mapping[str, str] = {}


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
    name="first JPEG",
    event=_image,
    suffix=".jpg",
    check=check_result,
    target=Target(0.75),
    warm_calls=5,
    # what a naive package imports costs the same whatever is asked, so only the image is asked of it
    beside=("bare", "naive"),
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


def new_object(bucket: MemoryBucket) -> AskedFirst:
    """Return the event of a new object in the inbox of ``bucket``; its renditions are checked, and taken away."""
    key, results = "inbox/photo.jpg", {f"resized/{width}-photo.jpg": width for width in (480, 640, 1000)}

    def event(source: bytes) -> Event:
        bucket.objects[key] = source
        return s3_event(NAME, key, size=len(source))

    def check(path: Path) -> None:
        for name, width in results.items():
            if name not in bucket.objects:
                raise RuntimeError(f"{name}: expected a rendition, received {path.read_bytes()[:500]!r}")
            check_image(name, BytesIO(bucket.objects.pop(name)), width)

    return AskedFirst(
        name="S3 event",
        event=event,
        suffix=".json",
        check=check,
        warm_calls=5,
        beside=("inbox",),  # Flask has no part in it
        beside_warm=(),
        variables=bucket.environment(),
    )
