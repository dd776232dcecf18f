"""Plays the same mixed traffic to the app cut in two ways: one function, and one for each route."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from lab.accounts.app_settings import app_settings
from lab.containers.outcomes import Outcome
from lab.costs import prices
from lab.experiments.support import route_packages
from lab.experiments.support.findings import Span
from lab.experiments.support.invocations import http_event, invoke, response
from lab.experiments.support.load import Sample, at_once, play
from lab.experiments.support.mixed_traffic import MIX, MixedRequest, examples, mixed, uploads
from lab.experiments.support.route_packages import PackagedFunction, Route
from lab.experiments.support.timeline_rows import spans
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda

ONE, MANY = "one function", "a function per route"
_MONOLITH: Final = "monolith"

Serves = Callable[[str], str]
Call = Callable[[int], Outcome]


class TrafficPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds of requests; how many at one moment; ``rate`` a second for ``seconds``; containers' idle time.

    ``rounds`` is how often each function's INIT is timed alone.
    """

    kinds: tuple[str, ...]
    burst: int
    rate: float
    seconds: float
    idle_s: float
    rounds: int


class TrafficRun(msgspec.Struct, frozen=True, kw_only=True):
    """One layout under one kind of traffic: samples, outcomes and what the containers did."""

    samples: list[Sample]
    outcomes: list[Outcome]
    rows: Mapping[str, tuple[Span, ...]]

    @property
    def started(self) -> int:
        """Return how many containers served."""
        return len({sample.container for sample in self.samples})

    @property
    def cold_share(self) -> float:
        """Return the cold requests, in percent."""
        return 100 * sum(sample.cold for sample in self.samples) / len(self.samples)

    @property
    def latencies(self) -> list[float]:
        """Return what callers waited, in ms."""
        return [sample.latency_ms for sample in self.samples]

    @property
    def peaks_mb(self) -> list[float]:
        """Return Max Memory Used of each container, over its life."""
        peaks: dict[str, int] = {}
        for outcome in self.outcomes:
            peaks[outcome.container] = max(peaks.get(outcome.container, 0), outcome.report.max_memory_mb)
        return [float(peak) for peak in peaks.values()]

    @property
    def dollars_per_million(self) -> float:
        """Return what Lambda asks for a million requests of this traffic."""
        reports = [outcome.report for outcome in self.outcomes]
        used = sum(prices.gb_seconds(memory_mb=each.memory_mb, billed_ms=each.billed_ms) for each in reports)
        return prices.invocations(len(reports), used) / len(reports) * prices.MILLION


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the app is cut: its packages and the INIT of each alone in ms, by name, and both runs."""

    packed: Mapping[str, PackagedFunction]
    inits_ms: Mapping[str, list[float]]
    burst: TrafficRun
    trickle: TrafficRun


def layouts(workbench: Workbench, plan: TrafficPlan) -> dict[str, Layout]:
    """Build both layouts and play both kinds of traffic to each."""
    environment = app_settings({"MONOLAMBDA_LOG_LEVEL": "error"}, workbench.directory)
    place = route_packages.prepare(workbench.directory / "packages", environment, level=workbench.pick(1, 12))
    monolith = route_packages.pack_monolith(place, _MONOLITH)
    with workbench.lab(monolith.function) as lab:
        stored = [response(invoke(lab, _MONOLITH, event)) for event in uploads()]
    ids = [msgspec.json.decode(each.body)["images"][0]["id"] for each in stored]
    routes = [Route(name=_name(kind), module=MIX[kind].module, events=examples(kind, ids)) for kind in plan.kinds]
    links = route_packages.links(place)
    with ThreadPoolExecutor(2) as pool:
        packed = list(pool.map(lambda route: route_packages.pack_route(place, route, links), routes))
    by_name = {each.function.name: each for each in (monolith, *packed)}
    inits = _inits(workbench, by_name, plan.rounds)
    cuts: dict[str, tuple[set[str], Serves]] = {
        ONE: ({_MONOLITH}, lambda kind: _MONOLITH),
        MANY: (set(by_name) - {_MONOLITH}, _name),
    }
    return {
        title: _layout(workbench, plan, {name: by_name[name] for name in by_name if name in names}, inits, serves, ids)
        for title, (names, serves) in cuts.items()
    }


def _name(kind: str) -> str:
    return kind.replace(" ", "-")


def _inits(workbench: Workbench, packed: Mapping[str, PackagedFunction], rounds: int) -> dict[str, list[float]]:
    """Return the INIT times of each function when nothing else happens, in ms; the functions take turns."""
    found: dict[str, list[float]] = {name: [] for name in packed}
    for _ in workbench.steps("one_or_many: INIT", range(rounds)):
        with workbench.lab(*(each.function for each in packed.values())) as lab:
            for name, times in found.items():
                # nothing is there, which every function can say
                times.append(invoke(lab, name, http_event("GET", "/nothing")).report.init_ms or 0.0)
    return found


def _layout(
    workbench: Workbench,
    plan: TrafficPlan,
    packed: Mapping[str, PackagedFunction],
    inits: Mapping[str, list[float]],
    serves: Serves,
    ids: Sequence[str],
) -> Layout:
    dues = list(_arrivals(plan))
    together = mixed(plan.kinds, ids, plan.burst, seed=1)
    sparse = mixed(plan.kinds, ids, len(dues), seed=2)
    functions = [each.function for each in packed.values()]
    with workbench.lab(*functions) as lab:
        burst = _play(lab, together, serves, lambda call: at_once(len(together), call))
    with workbench.lab(*functions, idle_s=plan.idle_s) as lab:
        trickle = _play(lab, sparse, serves, lambda call: play(dues, call))
    return Layout(packed=packed, inits_ms={name: inits[name] for name in packed}, burst=burst, trickle=trickle)


def _arrivals(plan: TrafficPlan) -> Iterable[float]:
    """Yield when requests are due, in seconds, as independent callers send them."""
    draw, at = random.Random(5), 0.0  # noqa: S311
    while at < plan.seconds:
        yield at
        at += draw.expovariate(plan.rate)


def _play(
    lab: LocalLambda, asked: Sequence[MixedRequest], serves: Serves, send: Callable[[Call], list[Sample]]
) -> TrafficRun:
    outcomes: dict[int, Outcome] = {}
    lock = threading.Lock()

    def call(number: int) -> Outcome:
        outcome = invoke(lab, serves(asked[number].kind), asked[number].event)
        with lock:
            outcomes[number] = outcome
        return outcome

    samples = send(call)
    for number, outcome in outcomes.items():
        if response(outcome).status >= 400:
            raise RuntimeError(f"expected an answer to {asked[number].kind}, received {outcome.payload[:300]!r}")
    named = zip(samples, asked, strict=True)
    return TrafficRun(
        samples=[msgspec.structs.replace(sample, function=serves(each.kind)) for sample, each in named],
        outcomes=[outcomes[number] for number in sorted(outcomes)],
        rows=spans(lab.timeline),
    )
