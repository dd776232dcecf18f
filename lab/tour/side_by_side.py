"""The scene that compares: the app as one function, and as a function for each route, under the same traffic."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Final

import msgspec

from lab.accounts.app_settings import app_settings
from lab.containers.outcomes import Outcome
from lab.experiments.support import route_packages
from lab.experiments.support.invocations import http_response
from lab.experiments.support.load import play as play_load
from lab.experiments.support.mixed_traffic import MIX, examples, mixed, uploads
from lab.experiments.support.route_packages import Route
from lab.pages.scenes import Lane, Scene
from lab.recording import Sample
from lab.tour.players import Players, plural

_ONE: Final = "one-function"
_KINDS: Final = ("GET resize", "GET image", "GET index", "POST upload", "GET info", "GET status")
_RATE: Final = 3.0
_COUNT: Final = 36


def side_by_side(players: Players) -> Scene:
    """Return the scene, when both layouts are built, which takes a while."""
    ids = _deploy(players)
    # both get the same requests at the same moments, as independent callers would send them
    draw = random.Random(5)  # noqa: S311
    due_times = list(accumulate(draw.expovariate(_RATE) for _ in range(_COUNT)))
    requests = mixed(_KINDS, ids, _COUNT, seed=2)

    def send(function_for: Callable[[str], str]) -> list[Sample]:
        def call(number: int) -> Outcome:
            request = requests[number]
            return players.invoke(request.kind, function_for(request.kind), request.event)

        return play_load(due_times, call)

    def play() -> str:
        players.end_containers()
        with ThreadPoolExecutor(2) as pool:
            one, many = (pool.submit(send, function_for) for function_for in (lambda kind: _ONE, _name))
        return f"{_said('one function', one.result())}; {_said('a function for each route', many.result())}."

    return Scene(
        name="side-by-side",
        title="Side by side",
        sentence="The same requests go to the whole app as one function, and to one function for each of its routes, "
        "which has containers of its own.",
        play=play,
        lanes=(Lane("One function", (_ONE,)), Lane("A function for each route", tuple(map(_name, _KINDS)))),
    )


def _deploy(players: Players) -> list[str]:
    """Build and deploy both layouts over the same storage, and return the ids of the images stored there."""
    directory = players.workbench.directory / "layouts"
    environment = app_settings({"MONOLAMBDA_LOG_LEVEL": "error"}, directory)
    trees = route_packages.prepare(directory / "packages", environment, level=1)
    players.add(route_packages.package_monolith(trees, _ONE).function)
    stored = [http_response(players.invoke("POST upload", _ONE, event)) for event in uploads()]
    ids = [msgspec.json.decode(each.body)["images"][0]["id"] for each in stored]
    rules = route_packages.route_rules(trees)
    for kind in _KINDS:
        route = Route(name=_name(kind), module=MIX[kind].module, events=examples(kind, ids))
        players.add(route_packages.package_route(trees, route, rules).function)
    players.end_containers(_ONE)
    return ids


def _name(kind: str) -> str:
    return kind.replace(" ", "-")


def _said(title: str, samples: Sequence[Sample]) -> str:
    containers = len({sample.container for sample in samples})
    cold = sum(sample.cold for sample in samples)
    slowest = max(sample.latency_ms for sample in samples)
    return f"{title}: {plural(containers)}, {cold} of {len(samples)} requests cold, the longest wait {slowest:,.0f} ms"
