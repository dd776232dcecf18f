"""The same resizes in new containers of one memory setting, and what their billed times cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import ceil
from statistics import mean
from typing import Final

import msgspec

from lab.costs import prices
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.invocations import http_event
from lab.experiments.support.workbench import Workbench
from lab.traits import VCPU_MB

COLD_SHARE: Final = 0.01
_TARGETS: Final = ("width=480", "width=1000&format=webp", "width=320&height=320&fit=cover", "width=640&format=png")


class TimedResize(msgspec.Struct, frozen=True):
    """One request that a warm container answered: its number in the mix, CPU, time and billed time in ms, and stops."""

    number: int
    cpu_ms: float
    wall_ms: float
    billed_ms: float
    stops: float


class ContainerLife(msgspec.Struct, frozen=True):
    """One container: INIT and the billed time of its first request, which includes it, in ms; then the mix.

    ``failed`` is how many requests of the mix it did not answer.
    """

    init_ms: float
    cold_billed_ms: float
    resizes: Sequence[TimedResize]
    failed: int = 0

    @property
    def billed_ms(self) -> float:
        """Return the mean billed time of a request, when one in a hundred is cold."""
        warm = mean(each.billed_ms for each in self.resizes)
        return (1 - COLD_SHARE) * warm + COLD_SHARE * self.cold_billed_ms

    @property
    def cpu_per_time(self) -> float:
        """Return the CPU over the time of all its requests together."""
        return sum(each.cpu_ms for each in self.resizes) / sum(each.wall_ms for each in self.resizes)


class MemoryTrial(msgspec.Struct, frozen=True):
    """One memory setting and the containers that ran the mix."""

    memory_mb: int
    lives: Sequence[ContainerLife]

    @property
    def failed(self) -> int:
        """Return how many requests all containers failed to answer."""
        return sum(life.failed for life in self.lives)

    @property
    def share(self) -> float:
        """Return the share of one vCPU that AWS gives; a resize runs in one thread and cannot use a second one."""
        return min(1.0, self.memory_mb / VCPU_MB)

    @property
    def resizes(self) -> list[TimedResize]:
        """Return the warm requests of all containers."""
        return [each for life in self.lives for each in life.resizes]

    @property
    def dollars(self) -> list[float]:
        """Return what a million requests would have cost by the billed times of each container, INIT included."""
        return [self._price(life.billed_ms) for life in self.lives]

    @property
    def cpu_per_time(self) -> list[float]:
        """Return the CPU over the time of each container; one that answered nothing has none."""
        return [life.cpu_per_time for life in self.lives if life.resizes]

    def computed_dollars(self, work: Sequence[float]) -> float:
        """Return the price of the mix if a share of a vCPU did exactly that share of the work; without INIT."""
        return self._price(mean(ceil(each) for each in self.computed(work)))

    def computed(self, work: Sequence[float]) -> list[float]:
        """Return the duration of each request of the mix in ms, from the CPU that it takes."""
        return [cpu_ms / self.share for cpu_ms in work]

    def _price(self, billed_ms: float) -> float:
        """Return the dollars for a million requests of so many billed ms each."""
        return prices.a_million(memory_mb=self.memory_mb, billed_ms=billed_ms)


def mix(images: Sequence[bytes]) -> list[bytes]:
    """Return an event for every resize of every image."""
    return [
        http_event("POST", f"/resize?{target}", image, Content_Type="image/jpeg")
        for image in images
        for target in _TARGETS
    ]


def live(workbench: Workbench, memory_mb: int, events: Sequence[bytes]) -> ContainerLife:
    """Send every event once to a new container."""
    environment = {"MONOLAMBDA_LOG_LEVEL": "error"}
    function = app_function(workbench, "cpu_share.handler", environment, memory_mb=memory_mb, timeout_s=120.0)
    with workbench.lab(function, cpu_share=True) as lab:
        # the first request imports what only resizing needs
        first = lab.invoke(events[0]).report
        outcomes = [lab.invoke(event) for event in events]
    # after a kill the next request is a cold start, which is no part of the mix
    warm = [(number, outcome) for number, outcome in enumerate(outcomes) if not outcome.cold]
    resizes = [_resize(number, outcome.payload, outcome.report.billed_ms) for number, outcome in warm]
    answered = [each for each in resizes if each]
    return ContainerLife(first.init_ms or 0.0, first.billed_ms, answered, len(events) - len(answered))


def _resize(number: int, payload: bytes, billed_ms: float) -> TimedResize | None:
    """Return the times in a response's headers, or None when it is not an image."""
    response = json.loads(payload)
    if response.get("statusCode") != 200:
        return None
    cpu, wall, stops = (float(response["multiValueHeaders"][name][0]) for name in ("X-Cpu-Ms", "X-Wall-Ms", "X-Stops"))
    return TimedResize(number, cpu, wall, billed_ms, stops)
