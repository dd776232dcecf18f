"""Clients that meet a concurrency limit: one gives up, one retries with backoff, and one with jitter too."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.errors import Throttled
from lab.experiments.support.http_client import request
from lab.experiments.support.invocations import invoke
from lab.experiments.support.load import at_once, play, steady
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample

WORK_S: Final = 0.05
BURST_AT_S: Final = 0.2
BASE_S: Final = 0.05
LONGEST_S: Final = 0.8
ATTEMPTS: Final = 9

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
        return sorted([*steady(self.rate, self.seconds), *[BURST_AT_S] * self.burst])


class ClientLog(msgspec.Struct, frozen=True):
    """One kind of client in one repetition: its samples, and the time of each 429 in seconds since the burst."""

    samples: list[Sample]
    throttles: list[float]

    @property
    def answered(self) -> list[Sample]:
        """Return the requests that were answered."""
        return [sample for sample in self.samples if sample.status == 200]

    @property
    def lost(self) -> int:
        """Return how many requests were given up."""
        return len(self.samples) - len(self.answered)

    @property
    def lost_share(self) -> float:
        """Return their share."""
        return self.lost / len(self.samples)

    @property
    def recovery_s(self) -> float:
        """Return how long after the burst a request was still throttled, in seconds."""
        return max(self.throttles, default=0.0)


# one log for each repetition
Logs = Mapping[str, Sequence[ClientLog]]


class RefusalStatus(msgspec.Struct, frozen=True):
    """The status of a refused request, for a caller of the Invoke API and for one behind the gateway."""

    invoke_api: int
    gateway: int


def clients(workbench: Workbench, plan: BurstLoad, repetitions: int) -> Logs:
    """Play the load for each kind of client, all at the same time, each on a function with the same limit."""
    functions = [workbench.function("waiting.handler", name=name) for name in _names()]
    logs: dict[str, list[ClientLog]] = {name: [] for name in CLIENTS}
    with ThreadPoolExecutor(len(CLIENTS)) as pool, workbench.lab(*functions) as lab:
        for name in _names():
            lab.concurrency.reserve(name, plan.limit)
            at_once(plan.limit, lambda _, name=name: invoke(lab, name, {"wait_s": 0.2}))  # type: ignore[misc]
        for seed in workbench.steps("throttle", range(repetitions)):
            waiting = [
                pool.submit(_play, lab, name, plan, pause, seed)
                for name, pause in zip(_names(), CLIENTS.values(), strict=True)
            ]
            for several, each in zip(logs.values(), waiting, strict=True):
                several.append(each.result())
    return logs


def refusals(workbench: Workbench, repetitions: int) -> list[RefusalStatus]:
    """Send requests that must be refused to both APIs."""
    name = "refused"
    with workbench.lab(workbench.function("waiting.proxy", name=name)) as lab:
        lab.concurrency.reserve(name, 0)
        path = f"/2015-03-31/functions/{name}/invocations"
        return [
            RefusalStatus(request(lab.invoke_url + path, b"{}").status, request(f"{lab.url}/").status)
            for _ in range(repetitions)
        ]


def _names() -> list[str]:
    return [f"throttled-{number}" for number in range(len(CLIENTS))]


def _play(lab: LocalLambda, function: str, plan: BurstLoad, pause: Pause, seed: int) -> ClientLog:
    draw, lock = random.Random(seed), threading.Lock()  # noqa: S311
    throttles: list[float] = []
    began = time.monotonic()

    def call(_: int) -> Outcome:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return invoke(lab, function, {"wait_s": WORK_S})
            except Throttled:
                with lock:
                    throttles.append(time.monotonic() - began - BURST_AT_S)
                    wait_s = pause(draw, attempt) if pause else 0.0
                if pause is None or attempt == ATTEMPTS:
                    raise
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    sent = play(plan.due_times(), call, function=function)
    return ClientLog([each.sample for each in sent], throttles)


def _backoff(throttles: int) -> float:
    return min(LONGEST_S, BASE_S * 2.0 ** (throttles - 1))
