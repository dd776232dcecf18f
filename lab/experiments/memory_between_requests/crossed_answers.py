"""Checks that many callers, served by a few shared containers, each get their own responses."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.images import center_color, solid_png
from lab.experiments.support.invocations import http_event, http_response, invoke, result, stored_id
from lab.local_lambda import LocalLambda
from measurement.png import color_of

_CONTAINERS: Final = 4


class CallerRequest(msgspec.Struct, frozen=True):
    """One caller's event for a function, and the check that an outcome belongs to it."""

    caller: int
    function: str
    event: bytes
    is_own: Callable[[Outcome], bool]


class Callers(Protocol):
    """Callers with responses that can be told apart."""

    def requests(self) -> Iterator[CallerRequest]:
        """Yield every request of every caller once."""


class IsolationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The responses checked, those that belonged to another caller, and the callers each container served."""

    checked: int
    crossed: int
    callers: list[int]

    @property
    def containers(self) -> int:
        """Return how many containers responded."""
        return len(self.callers)


def check_isolation(lab: LocalLambda, callers: Callers, *, times: int, seed: int) -> IsolationResult:
    """Send every request so many ``times`` in random order, as many at once as there are to be containers."""
    requests = [request for request in callers.requests() for _ in range(times)]
    random.Random(seed).shuffle(requests)  # noqa: S311
    with ThreadPoolExecutor(_CONTAINERS) as pool:
        outcomes = list(pool.map(lambda each: invoke(lab, each.function, each.event), requests))
    served: defaultdict[str, set[int]] = defaultdict(set)
    own = []
    for request, outcome in zip(requests, outcomes, strict=True):
        served[outcome.container].add(request.caller)
        own.append(request.is_own(outcome))
    return IsolationResult(checked=len(own), crossed=own.count(False), callers=[len(each) for each in served.values()])


class AppCallers:
    """Callers of the app, each with a stored image of its own color."""

    def __init__(self, lab: LocalLambda, count: int) -> None:
        uploads = (http_event("POST", "/upload", _image(number)) for number in range(count))
        self._ids = [stored_id(invoke(lab, "app", event)) for event in uploads]

    def requests(self) -> Iterator[CallerRequest]:
        for number, image_id in enumerate(self._ids):
            events: tuple[tuple[Check, bytes], ...] = (
                (_has_color, http_event("GET", f"/resize?id={image_id}&width=16")),
                (_has_id, http_event("GET", f"/images/{image_id}")),
                (_is_original, http_event("GET", f"/images/{image_id}/original")),
                (_has_color, http_event("POST", "/resize?width=20", _image(number))),
            )
            for check, event in events:
                yield CallerRequest(number, "app", event, partial(_is_own, check, number, image_id))


class LeakCallers:
    """Callers of the function that leaks data between them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def requests(self) -> Iterator[CallerRequest]:
        for number in range(self._count):
            event = msgspec.json.encode({"who": str(number)})
            yield CallerRequest(number, "leaking", event, partial(_names, str(number)))


def _names(who: str, outcome: Outcome) -> bool:
    return bool(result(outcome)["who"] == who)


Check = Callable[[Outcome, int, str], bool]


def _is_own(check: Check, number: int, image_id: str, outcome: Outcome) -> bool:
    request_id = dict(http_response(outcome).headers)["X-Request-Id"]
    return request_id == outcome.request_id and check(outcome, number, image_id)


def _has_color(outcome: Outcome, number: int, image_id: str) -> bool:
    return center_color(http_response(outcome).body) == color_of(number)


def _has_id(outcome: Outcome, number: int, image_id: str) -> bool:
    found: bool = msgspec.json.decode(http_response(outcome).body)["id"] == image_id
    return found


def _is_original(outcome: Outcome, number: int, image_id: str) -> bool:
    return http_response(outcome).body == _image(number)


def _image(number: int) -> bytes:
    return solid_png((32, 24), number)
