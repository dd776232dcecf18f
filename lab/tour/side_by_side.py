"""The scene that compares: the app as one function, and as a function for each route, under the same traffic."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Final

from lab.account.function import Function
from lab.containers.outcomes import Outcome
from lab.experiments.support.layouts import build, route_name
from lab.experiments.support.load import play as play_load
from lab.experiments.support.mixed_traffic import mixed
from lab.pages.scenes import Lane, Scene
from lab.recorded_traffic import Sample
from lab.tour.players import Players, plural

ONE: Final = "one-function"
KINDS: Final = ("GET resize", "GET image", "GET index", "POST upload", "GET info", "GET status")
_RATE: Final = 3.0
_COUNT: Final = 36

# deploys a function named ONE and one for each of KINDS, and returns the ids of the images they serve
Deploy = Callable[[Players], Sequence[str]]


def side_by_side(players: Players, *, deploy: Deploy | None = None, rate: float = _RATE) -> Scene:
    """Return the scene, when ``deploy`` has built both layouts, which takes a while."""
    ids = (deploy or _deploy)(players)
    # both get the same requests at the same moments, as independent callers would send them
    draw = random.Random(5)  # noqa: S311
    due_times = list(accumulate(draw.expovariate(rate) for _ in range(_COUNT)))
    requests = mixed(KINDS, ids, _COUNT, seed=2)

    def send(function_for: Callable[[str], str]) -> list[Sample]:
        def call(number: int) -> Outcome:
            request = requests[number]
            return players.invoke(request.kind, function_for(request.kind), request.event)

        return [each.sample for each in play_load(due_times, call)]

    def play() -> str:
        players.end_containers()
        with ThreadPoolExecutor(2) as pool:
            one, many = (pool.submit(send, function_for) for function_for in (lambda kind: ONE, route_name))
        return f"{_said('one function', one.result())}; {_said('a function for each route', many.result())}."

    return Scene(
        name="side-by-side",
        title="Side by side",
        sentence="The same requests go to the whole app as one function, and to one function for each of its routes, "
        "which has containers of its own.",
        play=play,
        lanes=(Lane("One function", (ONE,)), Lane("A function for each route", tuple(map(route_name, KINDS)))),
    )


def _deploy(players: Players) -> Sequence[str]:
    """Build and deploy both layouts over the same storage, and return the ids of the images stored there."""

    def send(monolith: Function, events: Sequence[bytes]) -> list[Outcome]:
        players.add(monolith)
        return [players.invoke("POST upload", monolith.name, event) for event in events]

    built = build(players.workbench.directory / "layouts", KINDS, name=ONE, send=send, level=1)
    for route in built.many:
        players.add(route.function)
    players.end_containers(ONE)
    return built.ids


def _said(title: str, samples: Sequence[Sample]) -> str:
    containers = len({sample.container for sample in samples})
    cold = sum(sample.cold for sample in samples)
    slowest = max(sample.latency_ms for sample in samples)
    return f"{title}: {plural(containers)}, {cold} of {len(samples)} requests cold, the longest wait {slowest:,.0f} ms"
