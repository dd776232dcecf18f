"""Plays sparse visits to functions that are kept warm by pings, or not, several passes side by side."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from lab.containers.timeline import ContainerState
from lab.experiments.support.invocations import add_function, invoke, result
from lab.experiments.support.load import play
from lab.experiments.support.polling import becomes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample

NO_PING, PING_ONE, PING_TWO = "no ping", "ping to one", "ping to two"
PINGED: Final[Mapping[str, int]] = {NO_PING: 0, PING_ONE: 1, PING_TWO: 2}
_WORK_S: Final = 0.02
_INIT_S: Final = "0.03"
APP_CONTAINERS: Final = 3
_TIMEOUT_S: Final = 30.0
_FIRST_SEED: Final = 11


class VisitSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Idle containers stay ``idle_s``, pings come twice as often; each of the ``visits`` is one or two requests."""

    idle_s: float
    visits: int

    @property
    def ping_every_s(self) -> float:
        """Return the time between pings."""
        return self.idle_s / 2

    def due_times(self, seed: int) -> tuple[list[float], list[int]]:
        """Return when visits are due, in seconds, and the number of requests of each.

        They fall in the middle between two pings: at scaled time they would collide with pings hundreds of
        times as often as in reality.
        """
        draw = random.Random(seed)  # noqa: S311
        due_times, at = [], self.ping_every_s * 2.5
        for _ in range(self.visits):
            due_times.append(at)
            # one gap in four is too short for a container to end
            at += self.ping_every_s * draw.choice((1, 3, 3, 4))
        return due_times, [1 + number % 2 for number in range(self.visits)]


class PingResult(msgspec.Struct, frozen=True, kw_only=True):
    """One pass with one kind of pings: samples of visits by one and by two, and the billed ms of each warm ping."""

    single: list[Sample]
    pairs: list[list[Sample]]
    pings_ms: list[float]

    @property
    def samples(self) -> list[Sample]:
        """Return every request."""
        return [*self.single, *(sample for pair in self.pairs for sample in pair)]


# the passes with each kind of pings
Passes = Mapping[str, Sequence[PingResult]]


def visits(workbench: Workbench, plan: VisitSchedule, count: int) -> dict[str, list[PingResult]]:
    """Play the visits of each pass for each kind of pings, all side by side: what they do is mostly to wait.

    The passes begin apart from each other, or their cold starts would come at the same moments.
    """
    apart_s = plan.ping_every_s / count
    with (
        ThreadPoolExecutor(len(PINGED) * count) as pool,
        workbench.lab(workbench.function("waiting.handler"), idle_s=plan.idle_s) as lab,
    ):
        waiting: dict[str, list[Future[PingResult]]] = {name: [] for name in PINGED}
        for number in range(count):
            for name, each in waiting.items():
                each.append(pool.submit(_visits, workbench, lab, plan, PINGED[name], number))
            time.sleep(apart_s)
        steps = workbench.steps("keep_warm", list(waiting))
        return {name: [each.result() for each in waiting[name]] for name in steps}


def _visits(workbench: Workbench, lab: LocalLambda, plan: VisitSchedule, containers: int, number: int) -> PingResult:
    name = f"pinged-{containers}-{number}"
    function = workbench.function("warmed.handler", name=name, environment={"INIT_S": _INIT_S})
    add_function(lab, function)
    due_times, sizes = plan.due_times(_FIRST_SEED + number)
    numbered = enumerate(zip(due_times, sizes, strict=True))
    requests = [(due, visit) for visit, (due, size) in numbered for _ in range(size)]
    count = int(due_times[-1] / plan.ping_every_s) + 1 if containers else 0
    ping_due_times = [plan.ping_every_s * ping for ping in range(count)]
    with ThreadPoolExecutor(1) as pool:
        pings = pool.submit(_ping, lab, name, ping_due_times, containers)
        call = partial(invoke, lab, name, {"wait_s": _WORK_S})
        sent = play([due for due, _ in requests], lambda _: call(), function=name)
        billed = pings.result()
    by_visit: list[list[Sample]] = [[] for _ in due_times]
    for (_, visit), each in zip(requests, sent, strict=True):
        by_visit[visit].append(each.sample)
    return PingResult(
        single=[visit[0] for visit in by_visit if len(visit) == 1],
        pairs=[visit for visit in by_visit if len(visit) > 1],
        pings_ms=billed,
    )


def _ping(lab: LocalLambda, name: str, due_times: Sequence[float], containers: int) -> list[float]:
    """Send pings; return the billed ms of those that found a warm container."""
    sent = play(due_times, lambda _: invoke(lab, name, {"warm": containers}))
    outcomes = [each.outcome for each in sent if each.outcome]
    return [float(outcome.report.billed_ms) for outcome in outcomes if not outcome.cold]


def kept_by_app(workbench: Workbench) -> int:
    """Return how many containers of the app a ping has kept warm."""
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        add_function(lab, workbench.app(name="app"))
        response = result(invoke(lab, "app", {"warm": APP_CONTAINERS}))
        becomes_true(lambda: not lab.queue.pending, within_s=_TIMEOUT_S)
        becomes_true(lambda: lab.timeline.states()[ContainerState.FROZEN] >= response["warm"], within_s=_TIMEOUT_S)
        return lab.timeline.states()[ContainerState.FROZEN]
