"""Checks that each of many callers, mixed in few containers, gets an answer that is its own."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.images import colour, png, shown
from lab.experiments.support.invocations import http_event, invoke, response, value
from lab.local_lambda import LocalLambda

_CONTAINERS: Final = 4


class IsolationCheck(msgspec.Struct, frozen=True):
    """One caller's event for a function, and whether an outcome is the answer to it."""

    caller: int
    function: str
    event: bytes
    is_own: Callable[[Outcome], bool]


class Callers(Protocol):
    """Whoever has questions, each with an answer of its own."""

    def questions(self) -> Iterator[IsolationCheck]:
        """Yield every question of every caller once."""


class IsolationResult(msgspec.Struct, frozen=True, kw_only=True):
    """Answers checked, those that were another's, and how many callers each container served."""

    checked: int
    crossed: int
    callers: list[int]

    @property
    def containers(self) -> int:
        """Return how many containers answered."""
        return len(self.callers)


def crossing(lab: LocalLambda, callers: Callers, *, rounds: int) -> IsolationResult:
    """Ask every question ``rounds`` times in random order, as many at once as there are to be containers."""
    questions = [question for question in callers.questions() for _ in range(rounds)]
    random.Random(7).shuffle(questions)  # noqa: S311
    with ThreadPoolExecutor(_CONTAINERS) as pool:
        outcomes = list(pool.map(lambda each: invoke(lab, each.function, each.event), questions))
    served: defaultdict[str, set[int]] = defaultdict(set)
    for question, outcome in zip(questions, outcomes, strict=True):
        served[outcome.container].add(question.caller)
    own = [question.is_own(outcome) for question, outcome in zip(questions, outcomes, strict=True)]
    return IsolationResult(checked=len(own), crossed=own.count(False), callers=[len(each) for each in served.values()])


class AppCallers:
    """Callers of the app, each with a stored picture of a colour of its own."""

    def __init__(self, lab: LocalLambda, count: int) -> None:
        self._ids = [_upload(lab, number) for number in range(count)]

    def questions(self) -> Iterator[IsolationCheck]:
        for number, image_id in enumerate(self._ids):
            events = {
                _is_colour: http_event("GET", f"/resize?id={image_id}&width=16"),
                _is_described: http_event("GET", f"/images/{image_id}"),
                _is_original: http_event("GET", f"/images/{image_id}/original"),
                _is_made: http_event("POST", "/resize?width=20", _picture(number)),
            }
            for check, event in events.items():
                yield IsolationCheck(number, "app", event, _bound(check, number, image_id))


class LeakCallers:
    """Callers of the function that confuses them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def questions(self) -> Iterator[IsolationCheck]:
        for number in range(self._count):
            event = msgspec.json.encode({"who": str(number)})
            yield IsolationCheck(number, "leaking", event, partial(_is_told, str(number)))


def _is_told(who: str, outcome: Outcome) -> bool:
    return bool(value(outcome)["who"] == who)


Check = Callable[[Outcome, int, str], bool]


def _bound(check: Check, number: int, image_id: str) -> Callable[[Outcome], bool]:
    def is_own(outcome: Outcome) -> bool:
        named = dict(response(outcome).headers)["X-Request-Id"]
        return named == outcome.request_id and check(outcome, number, image_id)

    return is_own


def _is_colour(outcome: Outcome, number: int, image_id: str) -> bool:
    return shown(response(outcome).body) == colour(number)


def _is_made(outcome: Outcome, number: int, image_id: str) -> bool:
    return shown(response(outcome).body) == colour(number)


def _is_described(outcome: Outcome, number: int, image_id: str) -> bool:
    found: bool = msgspec.json.decode(response(outcome).body)["id"] == image_id
    return found


def _is_original(outcome: Outcome, number: int, image_id: str) -> bool:
    return response(outcome).body == _picture(number)


def _upload(lab: LocalLambda, number: int) -> str:
    stored = response(invoke(lab, "app", http_event("POST", "/upload", _picture(number))))
    image_id: str = msgspec.json.decode(stored.body)["images"][0]["id"]
    return image_id


def _picture(number: int) -> bytes:
    return png((32, 24), number)
