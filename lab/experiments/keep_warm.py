"""Sparse traffic with and without pings: what is cold, and what the pings cost."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.costs import prices
from lab.experiments.support.findings import BarChart, Finding, figure
from lab.experiments.support.invocations import deploy, invoke, value
from lab.experiments.support.load import Sample, play
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.results import Figure

NO_PING, PING_ONE, PING_TWO = "no ping", "ping to one", "ping to two"
PINGED: Final[Mapping[str, int]] = {NO_PING: 0, PING_ONE: 1, PING_TWO: 2}
_WORK_S: Final = 0.02
_INIT_S: Final = "0.03"
_APP_CONTAINERS: Final = 3
# what the scaled time stands for: idle containers are seen to stay some minutes, and pings come more often than that
_IDLE_REAL_S: Final = 300.0
_MONTH_S: Final = 30 * 24 * 3600.0


class VisitSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """An idle container stays ``idle_s``, pings come twice as often; ``visits`` of one request or of two at once."""

    idle_s: float
    visits: int

    @property
    def every_s(self) -> float:
        """Return the time from ping to ping."""
        return self.idle_s / 2

    def dues(self) -> tuple[list[float], list[int]]:
        """Return when visits are due, in seconds, and how many requests each is.

        They fall in the middle between two pings: at scaled time a ping would be in their way hundreds of
        times as often as it is.
        """
        draw = random.Random(11)  # noqa: S311
        dues, at = [], self.every_s * 2.5
        for _ in range(self.visits):
            dues.append(at)
            # one gap in four is shorter than an idle container stays
            at += self.every_s * draw.choice((1, 3, 3, 4))
        return dues, [1 + number % 2 for number in range(self.visits)]


class PingResult(msgspec.Struct, frozen=True, kw_only=True):
    """One way of pinging: the samples of visits by one and of visits by two, and what a warm ping was billed, in ms."""

    single: list[Sample]
    pairs: list[list[Sample]]
    pings_ms: list[float]

    @property
    def samples(self) -> list[Sample]:
        """Return every request."""
        return [*self.single, *(sample for pair in self.pairs for sample in pair)]


def run(workbench: Workbench) -> Finding:
    """Send the same visits to a function without pings, with one pinged container, and with two."""
    plan = workbench.pick(VisitSchedule(idle_s=0.6, visits=4), VisitSchedule(idle_s=3.0, visits=16))
    kept, kept_by_app = visits(workbench, plan)
    cold = {name: _share(each.samples) for name, each in kept.items()}
    holds = cold[NO_PING] > 0 and not _share(kept[PING_ONE].single)
    return Finding(
        title="Keeping warm",
        claim="A ping every few minutes ends cold starts.",
        method=f"Idle containers end after {plan.idle_s:g} s, which stands for {_IDLE_REAL_S / 60:.0f} minutes; a ping "
        f"comes every {plan.every_s:g} s and holds its container 75 ms, and {{'warm': 2}} has another one held by "
        f"asynchronous self-invocation. {plan.visits} visits, every second one of two requests at once, most of them "
        "further apart than an idle container stays, fall between pings. Prices are those of a month of pings "
        f"every {_IDLE_REAL_S / 120:g} minutes at 1769 MB. Last, the app itself is sent {{'warm': {_APP_CONTAINERS}}}.",
        figures=(
            *(each for name, found in kept.items() for each in _figures(name, found)),
            figure("the app", f"containers after {{'warm': {_APP_CONTAINERS}}}", [kept_by_app]),
        ),
        verdict=_verdict(kept, cold, kept_by_app, holds=holds),
        holds=None if holds and _share(_second(kept[PING_ONE])) else holds,
        charts=(
            BarChart(
                title="Cold requests",
                across="% of the requests",
                cases={name: {"cold": round(share, 1)} for name, share in cold.items()},
            ),
        ),
        samples=tuple(sorted(kept[NO_PING].samples, key=lambda sample: sample.due)),
        idle_s=plan.idle_s,
    )


def visits(workbench: Workbench, plan: VisitSchedule) -> tuple[dict[str, PingResult], int]:
    """Play the visits for each way of pinging, all at the same time; also return how many containers the app kept."""
    with (
        ThreadPoolExecutor(len(PINGED)) as pool,
        workbench.lab(workbench.function("waiting.handler"), idle_s=plan.idle_s) as lab,
    ):
        waiting = {name: pool.submit(_kept, workbench, lab, plan, count) for name, count in PINGED.items()}
        found = {name: waiting[name].result() for name in workbench.steps("keep_warm", list(waiting))}
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        return found, _kept_by_app(workbench, lab)


def _kept(workbench: Workbench, lab: LocalLambda, plan: VisitSchedule, containers: int) -> PingResult:
    name = f"pinged-{containers}"
    function = workbench.function("warmed.handler", name=name, environment={"INIT_S": _INIT_S})
    deploy(lab, function)
    dues, sizes = plan.dues()
    requests = [(due, number) for number, (due, size) in enumerate(zip(dues, sizes, strict=True)) for _ in range(size)]
    beats = [] if not containers else [plan.every_s * beat for beat in range(int(dues[-1] / plan.every_s) + 1)]
    with ThreadPoolExecutor(1) as pool:
        pings = pool.submit(_ping, lab, name, beats, containers)
        samples = play([due for due, _ in requests], partial(_visit, lab, name), function=name)
        billed = pings.result()
    by_visit: list[list[Sample]] = [[] for _ in dues]
    for (_, visit), sample in zip(requests, samples, strict=True):
        by_visit[visit].append(sample)
    return PingResult(
        single=[visit[0] for visit in by_visit if len(visit) == 1],
        pairs=[visit for visit in by_visit if len(visit) > 1],
        pings_ms=billed,
    )


def _visit(lab: LocalLambda, name: str, _: int) -> Outcome:
    return invoke(lab, name, {"wait_s": _WORK_S})


def _ping(lab: LocalLambda, name: str, beats: Sequence[float], containers: int) -> list[float]:
    """Send a ping at each beat; return the billed ms of those that found a warm container."""
    outcomes: list[Outcome] = []

    def ping(_: int) -> Outcome:
        outcomes.append(invoke(lab, name, {"warm": containers}))
        return outcomes[-1]

    play(beats, ping)
    return [float(outcome.report.billed_ms) for outcome in outcomes if not outcome.cold]


def _kept_by_app(workbench: Workbench, lab: LocalLambda) -> int:
    """Return how many of the app's containers a ping left warm."""
    deploy(lab, workbench.app(name="app"))
    asked = value(invoke(lab, "app", {"warm": _APP_CONTAINERS}))
    end = time.monotonic() + 30
    while lab.queue.pending and time.monotonic() < end:
        time.sleep(0.02)
    while lab.timeline.states()[ContainerState.FROZEN] < asked["warm"] and time.monotonic() < end:
        time.sleep(0.02)
    return lab.timeline.states()[ContainerState.FROZEN]


def _figures(name: str, kept: PingResult) -> Iterator[Figure]:
    yield figure(name, "cold, of visits by one", [_share(kept.single)], unit="%")
    yield figure(name, "cold, of the second of two at once", [_share(_second(kept))], unit="%")
    yield figure(name, "cold, of all requests", [_share(kept.samples)], unit="%")
    yield figure(name, "latency", [sample.latency_ms for sample in kept.samples], unit="ms")
    if kept.pings_ms:
        yield figure(name, "billed for a ping", kept.pings_ms, unit="ms")
        yield figure(name, "pings, a month", [_price(kept, PINGED[name])], unit="$")
        yield figure(name, "the same provisioned, a month", [_provisioned(PINGED[name])], unit="$")


def _second(kept: PingResult) -> list[Sample]:
    """Return of each two at once the one that fared worse."""
    return [max(pair, key=lambda sample: sample.cold) for pair in kept.pairs]


def _share(samples: Sequence[Sample]) -> float:
    return 100 * sum(sample.cold for sample in samples) / len(samples)


def _price(kept: PingResult, containers: int) -> float:
    billed_ms = figure("", "", kept.pings_ms).spread.median
    pings = containers * _MONTH_S / (_IDLE_REAL_S / 2)
    return prices.invocations(round(pings), pings * prices.gb_seconds(memory_mb=1769, billed_ms=billed_ms))


def _provisioned(containers: int) -> float:
    return prices.AWS.ready["x86"].of(containers * 1769 / 1024 * _MONTH_S)


def _verdict(kept: Mapping[str, PingResult], cold: Mapping[str, float], kept_by_app: int, *, holds: bool) -> str:
    price = f"{_price(kept[PING_ONE], 1):.2f} dollars a month" if kept[PING_ONE].pings_ms else "no measured price"
    pairs = _share(_second(kept[PING_ONE]))
    limits = f"and of two at once one is still cold in {pairs:.0f} % of the cases" if pairs else "even two at once"
    return (
        f"{'For one request at a time' if holds else 'No'}: {cold[NO_PING]:.0f} % of the requests were cold without "
        f"pings, {_share(kept[PING_ONE].single):.0f} % of the single ones with a ping to one container for {price}, "
        f"{limits}; with a ping to two {cold[PING_TWO]:.0f} % of all were cold, and the app's own fan-out kept "
        f"{kept_by_app} containers of {_APP_CONTAINERS} asked."
    )
