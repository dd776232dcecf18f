"""A burst above the concurrency limit: which requests are throttled, and how retrying clients share the limit."""

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
from lab.experiments.support.load import at_once, p99, play
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recording import Sample
from measurement.figures import Figure

WORK_S: Final = 0.05
BURST_AT_S: Final = 0.2
_BASE_S: Final = 0.05
_LONGEST_S: Final = 0.8
_ATTEMPTS: Final = 9
_BIN_S: Final = 0.1

# how long a client waits after its nth 429; None: it does not retry
Pause = Callable[[random.Random, int], float] | None
NO_RETRY, BACKOFF, JITTER = "no retry", "retry, no jitter", "retry, full jitter"
# https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
CLIENTS: Final[Mapping[str, Pause]] = {
    NO_RETRY: None,
    BACKOFF: lambda draw, throttles: _backoff(throttles),
    JITTER: lambda draw, throttles: draw.uniform(0, _backoff(throttles)),
}


class BurstLoad(msgspec.Struct, frozen=True, kw_only=True):
    """The function's concurrency, the requests of the burst, and steady traffic of ``rate`` a second."""

    limit: int
    burst: int
    rate: float
    seconds: float

    def due_times(self) -> list[float]:
        """Return when requests are due, in seconds."""
        steady = [number / self.rate for number in range(int(self.rate * self.seconds))]
        return sorted([*steady, *[BURST_AT_S] * self.burst])


class ClientLog(msgspec.Struct, frozen=True):
    """The log of one kind of client: its samples, and the time of each 429 in seconds since the burst."""

    samples: list[Sample]
    throttles: list[float]

    @property
    def answered(self) -> list[Sample]:
        """Return the requests that succeeded in the end."""
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
        method=f"A function with a concurrency of {plan.limit} and {1000 * WORK_S:.0f} ms of waiting gets "
        f"{plan.rate:.0f} requests a second, and {plan.burst} at one moment. A throttled client gives up, or waits "
        f"{1000 * _BASE_S:.0f} ms, twice that, and so on up to {_LONGEST_S} s, or a random time up to that (full "
        f"jitter), with {_ATTEMPTS} attempts in all. Each kind of client has its own warm function.",
        figures=tuple(each for name, log in logs.items() for each in _figures(name, log)),
        verdict=_verdict(plan, logs, lost, holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title=f"Throttles after a burst of {plan.burst} at a concurrency of {plan.limit}",
                across="seconds since the burst",
                up="throttles in 100 ms",
                lines=_histogram(logs),
            ),
        ),
    )


def clients(workbench: Workbench, plan: BurstLoad, **traits: bool) -> dict[str, ClientLog]:
    """Play the load for each kind of client, all at the same time, each on a function with the same limit."""
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
    throttles: list[float] = []
    began = time.monotonic()

    def call(_: int) -> Outcome:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return invoke(lab, function, {"wait_s": WORK_S})
            except Throttled:
                with lock:
                    throttles.append(time.monotonic() - began - BURST_AT_S)
                    wait_s = pause(draw, attempt) if pause else 0.0
                if pause is None or attempt == _ATTEMPTS:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    return ClientLog(play(plan.due_times(), call, function=function), throttles)


def _backoff(throttles: int) -> float:
    return min(_LONGEST_S, _BASE_S * 2.0 ** (throttles - 1))


def _figures(name: str, log: ClientLog) -> Iterator[Figure]:
    count = len(log.samples)
    lost = count - len(log.answered)
    yield figure(name, "requests", [count])
    yield figure(name, "throttles (429)", [len(log.throttles)])
    # every attempt ends in a 429 or in success
    yield figure(name, "attempts per request", [(len(log.throttles) + len(log.answered)) / count])
    yield figure(name, "requests lost", [lost])
    yield figure(name, "containers", [len({sample.container for sample in log.answered})])
    yield figure(name, "latency of those answered", _latencies(log.answered), unit="ms")
    yield figure(name, "latency of those answered, p99", [p99(_latencies(log.answered))], unit="ms")
    yield figure(name, "until the last throttle", [_recovery(log)], unit="s")


def _latencies(samples: Sequence[Sample]) -> list[float]:
    return [sample.latency_ms for sample in samples]


def _recovery(log: ClientLog) -> float:
    """Return how long after the burst a request was still throttled, in seconds."""
    return max(log.throttles, default=0.0)


def _histogram(logs: Mapping[str, ClientLog]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the throttles in each tenth of a second, for every kind of client over the same time."""
    last = int(max(_recovery(log) for log in logs.values()) / _BIN_S) + 2
    counts = {name: Counter(int(max(0.0, at) / _BIN_S) for at in log.throttles) for name, log in logs.items()}
    return {name: tuple((round(n * _BIN_S, 1), found[n]) for n in range(last)) for name, found in counts.items()}


def _verdict(plan: BurstLoad, logs: Mapping[str, ClientLog], lost: Mapping[str, int], *, holds: bool) -> str:
    recovery = {name: _recovery(log) for name, log in logs.items()}
    return (
        f"{'Yes' if holds else 'No'}: of {len(logs[NO_RETRY].samples)} requests around a burst of {plan.burst} at a "
        f"concurrency of {plan.limit}, {lost[NO_RETRY]} were lost without retries, {lost[BACKOFF]} with retries but "
        f"no jitter and {lost[JITTER]} with full jitter, which met {len(logs[JITTER].throttles)} throttles against "
        f"{len(logs[BACKOFF].throttles)}, the last one {recovery[JITTER]:.1f} s after the burst against "
        f"{recovery[BACKOFF]:.1f} s."
    )
