"""Sparse traffic with and without keep-warm pings: the share of cold requests, and the price of the pings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.costs import prices
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, figure
from lab.experiments.support.invocations import add_function, invoke, result
from lab.experiments.support.load import play
from lab.experiments.support.polling import becomes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recording import Sample
from lab.traits import VCPU_MB
from measurement.figures import Figure

NO_PING, PING_ONE, PING_TWO = "no ping", "ping to one", "ping to two"
PINGED: Final[Mapping[str, int]] = {NO_PING: 0, PING_ONE: 1, PING_TWO: 2}
_WORK_S: Final = 0.02
_INIT_S: Final = "0.03"
_APP_CONTAINERS: Final = 3
_TIMEOUT_S: Final = 30.0
# what the scaled idle time stands for: people observe minutes, and ping more often than that
_IDLE_REAL_S: Final = 300.0
_MONTH_S: Final = 30 * 24 * 3600.0


class VisitSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Idle containers stay ``idle_s``, pings come twice as often; each of the ``visits`` is one or two requests."""

    idle_s: float
    visits: int

    @property
    def ping_every_s(self) -> float:
        """Return the time between pings."""
        return self.idle_s / 2

    def due_times(self) -> tuple[list[float], list[int]]:
        """Return when visits are due, in seconds, and the number of requests of each.

        They fall in the middle between two pings: at scaled time they would collide with pings hundreds of
        times as often as in reality.
        """
        draw = random.Random(11)  # noqa: S311
        due_times, at = [], self.ping_every_s * 2.5
        for _ in range(self.visits):
            due_times.append(at)
            # one gap in four is too short for a container to end
            at += self.ping_every_s * draw.choice((1, 3, 3, 4))
        return due_times, [1 + number % 2 for number in range(self.visits)]


class PingResult(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of pings: samples of visits by one and by two requests, and the billed ms of each warm ping."""

    single: list[Sample]
    pairs: list[list[Sample]]
    pings_ms: list[float]

    @property
    def samples(self) -> list[Sample]:
        """Return every request."""
        return [*self.single, *(sample for pair in self.pairs for sample in pair)]


def run(workbench: Workbench) -> Finding:
    """Send the same visits to a function without pings, with pings to one container, and to two."""
    plan = workbench.pick(VisitSchedule(idle_s=1.0, visits=4), VisitSchedule(idle_s=3.0, visits=16))
    results, kept_by_app = visits(workbench, plan)
    workbench.record("keep_warm", sorted(results[NO_PING].samples, key=lambda sample: sample.due), idle_s=plan.idle_s)
    return judge(plan, results, kept_by_app)


def judge(plan: VisitSchedule, results: Mapping[str, PingResult], kept_by_app: int) -> Finding:
    """Return what follows from the visits: in part when only single requests were never cold."""
    cold = {name: _share(each.samples) for name, each in results.items()}
    holds = cold[NO_PING] > 0 and not _share(results[PING_ONE].single)
    return Finding(
        title="Keeping warm",
        claim="A ping every few minutes ends cold starts.",
        method=f"Idle containers end after {plan.idle_s:g} s, which stands for {_IDLE_REAL_S / 60:.0f} minutes; a ping "
        f"comes every {plan.ping_every_s:g} s and occupies its container for 75 ms, and {{'warm': 2}}, for 125 ms, "
        f"another one by asynchronous self-invocation. "
        f"{plan.visits} visits, every second one of two requests at once, fall "
        "between pings, most of them further apart than an idle container stays. Prices are those of a month of pings "
        f"every {_IDLE_REAL_S / 120:g} minutes at {VCPU_MB} MB. Finally the app itself is sent "
        f"{{'warm': {_APP_CONTAINERS}}}. How long an idle container stays is our choice: AWS does not publish it.",
        figures=(
            *(each for name, found in results.items() for each in _figures(name, found)),
            figure("the app", f"containers after {{'warm': {_APP_CONTAINERS}}}", [kept_by_app]),
        ),
        verdict=_verdict(results, cold, kept_by_app, holds=holds),
        holds=None if holds and _share(_colder(results[PING_ONE])) else holds,
        basis=DOCUMENTED,
        charts=(
            BarChart(
                title="Cold requests",
                across="% of the requests",
                cases={name: {"cold": round(share, 1)} for name, share in cold.items()},
            ),
        ),
    )


def visits(workbench: Workbench, plan: VisitSchedule) -> tuple[dict[str, PingResult], int]:
    """Play the visits for each kind of pings, all at the same time; also return how many containers the app kept."""
    with (
        ThreadPoolExecutor(len(PINGED)) as pool,
        workbench.lab(workbench.function("waiting.handler"), idle_s=plan.idle_s) as lab,
    ):
        waiting = {name: pool.submit(_visits, workbench, lab, plan, count) for name, count in PINGED.items()}
        found = {name: waiting[name].result() for name in workbench.steps("keep_warm", list(waiting))}
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        return found, _kept_by_app(workbench, lab)


def _visits(workbench: Workbench, lab: LocalLambda, plan: VisitSchedule, containers: int) -> PingResult:
    name = f"pinged-{containers}"
    function = workbench.function("warmed.handler", name=name, environment={"INIT_S": _INIT_S})
    add_function(lab, function)
    due_times, sizes = plan.due_times()
    numbered = enumerate(zip(due_times, sizes, strict=True))
    requests = [(due, number) for number, (due, size) in numbered for _ in range(size)]
    count = int(due_times[-1] / plan.ping_every_s) + 1 if containers else 0
    ping_due_times = [plan.ping_every_s * number for number in range(count)]
    with ThreadPoolExecutor(1) as pool:
        pings = pool.submit(_ping, lab, name, ping_due_times, containers)
        call = partial(invoke, lab, name, {"wait_s": _WORK_S})
        samples = play([due for due, _ in requests], lambda _: call(), function=name)
        billed = pings.result()
    by_visit: list[list[Sample]] = [[] for _ in due_times]
    for (_, visit), sample in zip(requests, samples, strict=True):
        by_visit[visit].append(sample)
    return PingResult(
        single=[visit[0] for visit in by_visit if len(visit) == 1],
        pairs=[visit for visit in by_visit if len(visit) > 1],
        pings_ms=billed,
    )


def _ping(lab: LocalLambda, name: str, due_times: Sequence[float], containers: int) -> list[float]:
    """Send pings; return the billed ms of those that found a warm container."""
    outcomes: list[Outcome] = []

    def ping(_: int) -> Outcome:
        outcomes.append(invoke(lab, name, {"warm": containers}))
        return outcomes[-1]

    play(due_times, ping)
    return [float(outcome.report.billed_ms) for outcome in outcomes if not outcome.cold]


def _kept_by_app(workbench: Workbench, lab: LocalLambda) -> int:
    """Return how many containers of the app a ping has kept warm."""
    add_function(lab, workbench.app(name="app"))
    response = result(invoke(lab, "app", {"warm": _APP_CONTAINERS}))
    becomes_true(lambda: not lab.queue.pending, within_s=_TIMEOUT_S)
    becomes_true(lambda: lab.timeline.states()[ContainerState.FROZEN] >= response["warm"], within_s=_TIMEOUT_S)
    return lab.timeline.states()[ContainerState.FROZEN]


def _figures(name: str, found: PingResult) -> Iterator[Figure]:
    yield figure(name, "cold, of visits by one", [_share(found.single)], unit="%")
    yield figure(name, "cold, of the second of two at once", [_share(_colder(found))], unit="%")
    yield figure(name, "cold, of all requests", [_share(found.samples)], unit="%")
    yield figure(name, "latency", [sample.latency_ms for sample in found.samples], unit="ms")
    if found.pings_ms:
        yield figure(name, "billed for a ping", found.pings_ms, unit="ms")
        yield figure(name, "pings, a month", [_price(found, PINGED[name])], unit="$")
        yield figure(
            name,
            "the same provisioned, a month",
            [prices.AWS.ready["x86"].of(PINGED[name] * VCPU_MB / 1024 * _MONTH_S)],
            unit="$",
            given=True,
        )


def _colder(found: PingResult) -> list[Sample]:
    """Return the colder request of each two at once."""
    return [max(pair, key=lambda sample: sample.cold) for pair in found.pairs]


def _share(samples: Sequence[Sample]) -> float:
    return 100 * sum(sample.cold for sample in samples) / len(samples)


def _price(found: PingResult, containers: int) -> float:
    billed_ms = figure("", "", found.pings_ms).spread.median
    pings = containers * _MONTH_S / (_IDLE_REAL_S / 2)
    return prices.invocations(round(pings), pings * prices.gb_seconds(memory_mb=VCPU_MB, billed_ms=billed_ms))


def _verdict(results: Mapping[str, PingResult], cold: Mapping[str, float], kept_by_app: int, *, holds: bool) -> str:
    one = results[PING_ONE]
    price = f"{_price(one, 1):.2f} dollars a month" if one.pings_ms else "no measured price"
    pairs = _share(_colder(one))
    limits = f"and of two at once, one is still cold in {pairs:.0f} % of the cases" if pairs else "even two at once"
    return (
        f"{'For one request at a time' if holds else 'No'}: {cold[NO_PING]:.0f} % of the requests were cold without "
        f"pings, {_share(one.single):.0f} % of the single ones with a ping to one container for {price}, "
        f"{limits}; with a ping to two, {cold[PING_TWO]:.0f} % of all were cold, and the app's own fan-out kept "
        f"{kept_by_app} of the {_APP_CONTAINERS} containers asked for; all of that if idle containers stay longer than "
        "the time between pings, which AWS does not promise."
    )
