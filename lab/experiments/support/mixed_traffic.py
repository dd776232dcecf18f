"""The mix of requests that a site sends to its image service; some routes are rare."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from lab.experiments.support.images import solid_png
from lab.experiments.support.invocations import http_event

_STORED: Final = 6
_HTML: Final = "text/html"
_SIZE: Final = (320, 240)

# makes the event of one request, about one of the stored images
MakeEvent = Callable[[random.Random, Sequence[str]], bytes]


class RequestKind(msgspec.Struct, frozen=True):
    """One route of the mix: the module of its blueprint, its share of the traffic, and how to make a request."""

    module: str
    share: float
    make: MakeEvent


def _of_image(target: str) -> MakeEvent:
    return lambda draw, ids: http_event("GET", target.format(id=draw.choice(ids)), Accept="application/json")


def _upload(draw: random.Random, ids: Sequence[str]) -> bytes:
    return http_event("POST", "/upload", solid_png(_SIZE, draw.randrange(1000, 100_000)))


def _resize(draw: random.Random, ids: Sequence[str]) -> bytes:
    return http_event("GET", f"/resize?id={draw.choice(ids)}&width={draw.choice((80, 120, 160, 240))}&format=webp")


def _resize_body(draw: random.Random, ids: Sequence[str]) -> bytes:
    return http_event("POST", "/resize?width=100&format=jpeg", solid_png(_SIZE, draw.randrange(100_000)))


# images that pages embed are requested often, actions of people are rare
MIX: Final[Mapping[str, RequestKind]] = {
    "GET resize": RequestKind("resize", 0.50, _resize),
    "GET image": RequestKind("images", 0.14, _of_image("/images/{id}")),
    "GET index": RequestKind("pages", 0.08, lambda draw, ids: http_event("GET", "/", Accept=_HTML)),
    "POST upload": RequestKind("upload", 0.06, _upload),
    "GET info": RequestKind("info", 0.06, _of_image("/info?id={id}&colors=1")),
    "GET srcset": RequestKind("srcset", 0.05, _of_image("/srcset?id={id}&widths=80,160")),
    "GET original": RequestKind("images", 0.04, _of_image("/images/{id}/original")),
    "POST resize": RequestKind("resize", 0.03, _resize_body),
    "GET docs": RequestKind("pages", 0.02, lambda draw, ids: http_event("GET", "/docs", Accept=_HTML)),
    "GET status": RequestKind(
        "status", 0.02, lambda draw, ids: http_event("GET", "/status", Accept="application/json")
    ),
}


class MixedRequest(msgspec.Struct, frozen=True):
    """One request of the mix: its kind and its event."""

    kind: str
    event: bytes


def mixed(kinds: Sequence[str], ids: Sequence[str], count: int, *, seed: int) -> list[MixedRequest]:
    """Return ``count`` requests, each kind once and the rest by their shares; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311
    drawn = draw.choices(kinds, [MIX[kind].share for kind in kinds], k=max(0, count - len(kinds)))
    order = [*kinds, *drawn][:count]
    draw.shuffle(order)
    return [MixedRequest(kind, MIX[kind].make(draw, ids)) for kind in order]


def uploads() -> list[bytes]:
    """Return events that store the images the traffic is about."""
    return [http_event("POST", "/upload", solid_png(_SIZE, number)) for number in range(_STORED)]


def examples(kind: str, ids: Sequence[str]) -> list[bytes]:
    """Return requests that load every file needed to serve a kind: some of the mix, and some that fail."""
    draw = random.Random(1)  # noqa: S311
    wrong = {"resize": "/resize?id=no&width=0", "info": "/info?id=no", "images": "/images/no"}
    module = MIX[kind].module
    errors = [http_event("GET", wrong[module], Accept=accept) for accept in (_HTML, "*/*") if module in wrong]
    return [*(MIX[kind].make(draw, ids) for _ in range(3)), *errors]
