"""A burst above the concurrency limit: who is refused, and how clients that come back share what there is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.errors import Throttled
from lab.experiments.support.findings import Finding, LineChart, figure
from lab.experiments.support.invocations import invoke
from lab.experiments.support.load import Sample, at_once, p99, play
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.results import Figure

WORK_S: Final = 0.05
BURST_AT_S: Final = 0.2
_BASE_S: Final = 0.05
_LONGEST_S: Final = 0.8
_ATTEMPTS: Final = 9
_BIN_S: Final = 0.1

# how long a client waits after its nth refusal; None: it gives up
Pause = Callable[[random.Random, int], float] | None
NO_RETRY, BACKOFF, JITTER = "no retry", "retry, no jitter", "retry, full jitter"
# https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
CLIENTS: Final[Mapping[str, Pause]] = {
    NO_RETRY: None,
    BACKOFF: lambda draw, refusals: _ceiling(refusals),
    JITTER: lambda draw, refusals: draw.uniform(0, _ceiling(refusals)),
}


class BurstLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Places there are, requests in the burst, and a trickle of ``rate`` a second for ``seconds``."""

    limit: int
    burst: int
    rate: float
    seconds: float

    def dues(self) -> list[float]:
        """Return when requests are due, in seconds."""
        steady = [number / self.rate for number in range(int(self.rate * self.seconds))]
        return sorted([*steady, *[BURST_AT_S] * self.burst])


class ClientLog(msgspec.Struct, frozen=True):
    """What one kind of client saw: its samples, and when each refusal came, in seconds since the burst."""

    samples: list[Sample]
    refusals: list[float]

    @property
    def answered(self) -> list[Sample]:
        """Return the requests that were served in the end."""
        return [sample for sample in self.samples if sample.status == 200]


def run(workbench: Workbench) -> Finding:
    """Send the same burst with three kinds of clients."""
    plan = workbench.pick(
        BurstLoad(limit=4, burst=24, rate=20.0, seconds=1.0), BurstLoad(limit=10, burst=200, rate=50.0, seconds=10.0)
    )
    logs = clients(workbench, plan)
    lost = {name: len(log.samples) - len(log.answered) for name, log in logs.items()}
    holds = bool(lost[NO_RETRY]) and not lost[JITTER]
    return Finding(
        title="Throttling",
        claim="Traffic above the concurrency limit is refused with 429; clients that retry with jitter lose nothing.",
        method=f"A function with {plan.limit} places and {1000 * WORK_S:.0f} ms of waiting gets {plan.rate:.0f} "
        f"requests a second, and {plan.burst} at one moment. A refused client gives up, or waits "
        f"{1000 * _BASE_S:.0f} ms, twice that, and so on up to {_LONGEST_S} s, or a random time up to that (full "
        f"jitter), {_ATTEMPTS} attempts in all. Each kind of client has such a function of its own, warm.",
        figures=tuple(each for name, log in logs.items() for each in _figures(name, log)),
        verdict=_verdict(plan, logs, lost, holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title=f"Refusals after a burst of {plan.burst} on {plan.limit} places",
                across="seconds since the burst",
                up="refusals in 100 ms",
                lines=_histogram(logs),
            ),
        ),
    )


def clients(workbench: Workbench, plan: BurstLoad, **traits: bool) -> dict[str, ClientLog]:
    """Play the plan for each kind of client, at the same time, each on a function with the same limit."""
    functions = [workbench.function("waiting.handler", name=name) for name in _names()]
    with ThreadPoolExecutor(len(CLIENTS)) as pool, workbench.lab(*functions, **traits) as lab:
        for name in workbench.steps("throttle: warming", _names()):
            lab.concurrency.reserve(name, plan.limit)
            at_once(plan.limit, lambda _, name=name: invoke(lab, name, {"wait_s": 0.2}))  # type: ignore[misc]
        waiting = [
            pool.submit(_play, lab, name, plan, pause) for name, pause in zip(_names(), CLIENTS.values(), strict=True)
        ]
        return dict(zip(CLIENTS, (each.result() for each in waiting), strict=True))


def _names() -> list[str]:
    return [f"throttled-{number}" for number in range(len(CLIENTS))]


def _play(lab: LocalLambda, function: str, plan: BurstLoad, pause: Pause) -> ClientLog:
    draw, lock = random.Random(4), threading.Lock()  # noqa: S311
    refusals: list[float] = []
    began = time.monotonic()

    def call(_: int) -> Outcome:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return invoke(lab, function, {"wait_s": WORK_S})
            except Throttled:
                with lock:
                    refusals.append(time.monotonic() - began - BURST_AT_S)
                    wait_s = pause(draw, attempt) if pause else 0.0
                if pause is None or attempt == _ATTEMPTS:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt answers or raises")

    return ClientLog(play(plan.dues(), call, function=function), refusals)


def _ceiling(refusals: int) -> float:
    return min(_LONGEST_S, _BASE_S * 2.0 ** (refusals - 1))


def _figures(name: str, log: ClientLog) -> Iterator[Figure]:
    count = len(log.samples)
    lost = count - len(log.answered)
    yield figure(name, "requests", [count])
    yield figure(name, "refusals (429)", [len(log.refusals)])
    # a lost request's last refusal is an attempt like the others
    yield figure(name, "attempts a request", [(len(log.refusals) + len(log.answered)) / count])
    yield figure(name, "requests lost", [lost])
    yield figure(name, "containers", [len({sample.container for sample in log.answered})])
    yield figure(name, "latency of those answered", _latencies(log.answered), unit="ms")
    yield figure(name, "latency of those answered, p99", [p99(_latencies(log.answered))], unit="ms")
    yield figure(name, "until the last refusal", [_recovery(log)], unit="s")


def _latencies(samples: Sequence[Sample]) -> list[float]:
    return [sample.latency_ms for sample in samples]


def _recovery(log: ClientLog) -> float:
    """Return how long after the burst a request was still refused, in seconds."""
    return max(log.refusals, default=0.0)


def _histogram(logs: Mapping[str, ClientLog]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return refusals in each tenth of a second, of every kind over the same time."""
    last = int(max(_recovery(log) for log in logs.values()) / _BIN_S) + 2
    counts = {name: Counter(int(max(0.0, at) / _BIN_S) for at in log.refusals) for name, log in logs.items()}
    return {name: tuple((round(n * _BIN_S, 1), found[n]) for n in range(last)) for name, found in counts.items()}


def _verdict(plan: BurstLoad, logs: Mapping[str, ClientLog], lost: Mapping[str, int], *, holds: bool) -> str:
    recovery = {name: _recovery(log) for name, log in logs.items()}
    return (
        f"{'Yes' if holds else 'No'}: of {len(logs[NO_RETRY].samples)} requests around a burst of {plan.burst} on "
        f"{plan.limit} places {lost[NO_RETRY]} were lost without a retry, {lost[BACKOFF]} with one and no jitter, "
        f"{lost[JITTER]} with full jitter, which saw {len(logs[JITTER].refusals)} refusals against "
        f"{len(logs[BACKOFF].refusals)} and the last one {recovery[JITTER]:.1f} s after the burst against "
        f"{recovery[BACKOFF]:.1f} s."
    )
