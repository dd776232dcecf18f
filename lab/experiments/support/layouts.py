"""Sends the same mixed traffic to two layouts of the app: one function, and one function per route."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from infra.package import archive
from lab.account.app_settings import app_settings
from lab.account.function import Function
from lab.containers.outcomes import Outcome
from lab.costs import prices
from lab.experiments.support import route_packages
from lab.experiments.support.findings import Span
from lab.experiments.support.invocations import http_event, http_response, invoke, stored_id
from lab.experiments.support.load import Sent, at_once, play
from lab.experiments.support.mixed_traffic import MIX, MixedRequest, examples, mixed, uploads
from lab.experiments.support.route_packages import PackagedFunction, Route
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample

ONE, MANY = "one function", "a function per route"
_MONOLITH: Final = "monolith"

# the function that serves a kind of request
FunctionFor = Callable[[str], str]
Call = Callable[[int], Outcome]


class TrafficPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of requests; ``burst`` of them at one moment; ``rate`` a second for ``seconds``.

    ``idle_s`` is how long idle containers stay in the latter, ``rounds`` how often each INIT is measured alone,
    ``bursts`` how often the burst is sent, each time to a lab without containers.
    """

    kinds: tuple[str, ...]
    burst: int
    rate: float
    seconds: float
    idle_s: float
    rounds: int
    bursts: int


class TrafficRun(msgspec.Struct, frozen=True, kw_only=True):
    """One layout under one kind of traffic: samples, outcomes and what the containers did."""

    samples: list[Sample]
    outcomes: list[Outcome]
    rows: Mapping[str, tuple[Span, ...]]

    def parts(self, count: int) -> list[TrafficRun]:
        """Return the run in parts of as many requests each, in order and without rows."""
        total = len(self.samples)
        cuts = [number * total // count for number in range(count + 1)]
        return [
            TrafficRun(samples=self.samples[begin:end], outcomes=self.outcomes[begin:end], rows={})
            for begin, end in itertools.pairwise(cuts)
        ]

    @property
    def started(self) -> int:
        """Return how many containers served."""
        return len({sample.container for sample in self.samples})

    @property
    def cold_share(self) -> float:
        """Return the share of cold requests in percent."""
        return 100 * sum(sample.cold for sample in self.samples) / len(self.samples)

    @property
    def latencies(self) -> list[float]:
        """Return how long each caller waited, in ms."""
        return [sample.latency_ms for sample in self.samples]

    @property
    def peaks_mb(self) -> list[float]:
        """Return the Max Memory Used of each container over its life."""
        peaks: dict[str, int] = {}
        for outcome in self.outcomes:
            peaks[outcome.container] = max(peaks.get(outcome.container, 0), outcome.report.max_memory_mb)
        return [float(peak) for peak in peaks.values()]

    @property
    def dollars_per_million(self) -> float:
        """Return Lambda's price for a million requests of this traffic."""
        reports = [outcome.report for outcome in self.outcomes]
        gb_s = sum(prices.gb_seconds(memory_mb=each.memory_mb, billed_ms=each.billed_ms) for each in reports)
        return prices.invocations(len(reports), gb_s) / len(reports) * prices.MILLION


class BuiltLayouts(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of both layouts, over the same storage, and the ids of the images stored there."""

    one: PackagedFunction
    many: Sequence[PackagedFunction]
    ids: Sequence[str]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the app is divided: its packages and the INIT of each alone in ms, by name, and the runs of both kinds."""

    packages: Mapping[str, PackagedFunction]
    inits_ms: Mapping[str, list[float]]
    bursts: Sequence[TrafficRun]
    sparse: TrafficRun


def layouts(workbench: Workbench, plan: TrafficPlan) -> dict[str, Layout]:
    """Build both layouts and send both kinds of traffic to each."""

    def send(monolith: Function, events: Sequence[bytes]) -> list[Outcome]:
        with workbench.lab(monolith) as lab:
            return [invoke(lab, monolith.name, event) for event in events]

    built = build(workbench.directory, plan.kinds, name=_MONOLITH, send=send, level=workbench.pick(1, archive.LEVEL))
    by_name = {each.function.name: each for each in (built.one, *built.many)}
    inits = _inits(workbench, by_name, plan.rounds)
    divisions: dict[str, tuple[set[str], FunctionFor]] = {
        ONE: ({_MONOLITH}, lambda kind: _MONOLITH),
        MANY: (set(by_name) - {_MONOLITH}, route_name),
    }
    return {
        title: _layout(
            workbench, plan, {name: by_name[name] for name in by_name if name in names}, inits, function_for, built.ids
        )
        for title, (names, function_for) in divisions.items()
    }


def build(
    directory: Path,
    kinds: Sequence[str],
    *,
    name: str,
    send: Callable[[Function, Sequence[bytes]], Sequence[Outcome]],
    level: int,
) -> BuiltLayouts:
    """Build the whole app as ``name``, which gets uploads by ``send``, then a function for each kind of request."""
    environment = app_settings({"MONOLAMBDA_LOG_LEVEL": "error"}, directory)
    trees = route_packages.prepare(directory / "packages", environment, level=level)
    one = route_packages.package_monolith(trees, name)
    ids = [stored_id(each) for each in send(one.function, uploads())]
    routes = [Route(name=route_name(kind), module=MIX[kind].module, events=examples(kind, ids)) for kind in kinds]
    rules = route_packages.route_rules(trees)
    with ThreadPoolExecutor(2) as pool:
        many = list(pool.map(lambda route: route_packages.package_route(trees, route, rules), routes))
    return BuiltLayouts(one=one, many=many, ids=ids)


def route_name(kind: str) -> str:
    """Return the name of the function that serves a kind of request."""
    return kind.replace(" ", "-")


def _inits(workbench: Workbench, packages: Mapping[str, PackagedFunction], rounds: int) -> dict[str, list[float]]:
    """Return the INIT times of each function in ms while nothing else runs; the functions take turns."""
    found: dict[str, list[float]] = {name: [] for name in packages}
    for _ in workbench.steps("one_or_many: INIT", range(rounds)):
        with workbench.lab(*(each.function for each in packages.values())) as lab:
            for name, times in found.items():
                # a path that does not exist, which every function can respond to
                times.append(invoke(lab, name, http_event("GET", "/nothing")).report.init_ms or 0.0)
    return found


def _layout(
    workbench: Workbench,
    plan: TrafficPlan,
    packages: Mapping[str, PackagedFunction],
    inits: Mapping[str, list[float]],
    function_for: FunctionFor,
    ids: Sequence[str],
) -> Layout:
    due_times = list(_arrivals(plan))
    burst_requests = mixed(plan.kinds, ids, plan.burst, seed=1)
    sparse_requests = mixed(plan.kinds, ids, len(due_times), seed=2)
    functions = [each.function for each in packages.values()]
    bursts = []
    for _ in range(plan.bursts):
        with workbench.lab(*functions) as lab:
            bursts.append(_run(lab, burst_requests, function_for, lambda call: at_once(len(burst_requests), call)))
    with workbench.lab(*functions, idle_s=plan.idle_s) as lab:
        sparse = _run(lab, sparse_requests, function_for, lambda call: play(due_times, call))
    return Layout(packages=packages, inits_ms={name: inits[name] for name in packages}, bursts=bursts, sparse=sparse)


def _arrivals(plan: TrafficPlan) -> Iterable[float]:
    """Yield when requests are due, in seconds: a Poisson process, as of independent callers."""
    draw, at = random.Random(5), 0.0  # noqa: S311
    while at < plan.seconds:
        yield at
        at += draw.expovariate(plan.rate)


def _run(
    lab: LocalLambda,
    requests: Sequence[MixedRequest],
    function_for: FunctionFor,
    send: Callable[[Call], list[Sent]],
) -> TrafficRun:
    sent = send(lambda number: invoke(lab, function_for(requests[number].kind), requests[number].event))
    for each, request in zip(sent, requests, strict=True):
        if each.outcome and http_response(each.outcome).status >= 400:
            raise RuntimeError(f"expected success of {request.kind}, received {each.outcome.payload[:300]!r}")
    return TrafficRun(
        samples=[
            msgspec.structs.replace(each.sample, function=function_for(request.kind))
            for each, request in zip(sent, requests, strict=True)
        ],
        outcomes=[each.outcome for each in sent if each.outcome],
        rows=timeline_rows(lab.timeline),
    )
