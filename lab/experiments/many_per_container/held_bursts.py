"""Bursts that an origin answers only when all of it has arrived, in containers that take one request or several."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from lab.account.function import Function
from lab.containers import procfs
from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.experiments.support.invocations import http_event, http_response, invoke
from lab.experiments.support.load import at_once
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.polling import wait_until
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample
from lab.traits import MIB, VCPU_MB

_NAME: Final = "app"
_TIMEOUT_S: Final = 120.0
_WORKER_MB: Final = 1024


class BurstPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` requests at once for containers of ``workers``; then ``extra`` beyond them."""

    count: int
    workers: int
    extra: int
    rounds: int

    @property
    def environments(self) -> int:
        """Return the containers with workers that are started ahead, just enough for ``count``."""
        return self.count // self.workers

    @property
    def managed_mb(self) -> int:
        """Return the memory of such a container."""
        return self.workers * _WORKER_MB


class BurstOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One round: what there was after ``count`` requests at once, how later ones went, and how many were refused."""

    containers: int
    processes: int
    memory_mb: float
    connections: int
    cold: int
    warm: Sequence[Sample]
    alone: Sequence[Sample]
    refused: int
    app_memory_mb: int


def serve_bursts(workbench: Workbench, origin: OriginProcess, plan: BurstPlan, *, managed: bool) -> BurstOutcome:
    """Send the plan's bursts to the app, and count what is there in between."""
    function = _function(workbench, plan, managed=managed)
    with workbench.lab(function) as lab:
        if managed:
            lab.fleet.prepare(function, plan.environments)
        _burst(lab, origin, plan.count, opened=plan.count)
        _wait_until_idle(lab)
        families = [procfs.family(container.pid) for container in lab.fleet.containers]
        memory = sum(map(procfs.shared_bytes, families))
        connections, cold = origin.counts().open, lab.timeline.totals.cold_starts
        app_memory_mb = _app_memory_mb(lab)
        warm = _burst(lab, origin, plan.count)
        alone = [sample for _ in range(plan.count) for sample in _burst(lab, origin, 1)]
        _wait_until_idle(lab)
        beyond = _burst(lab, origin, plan.count + plan.extra, opened=plan.count + plan.extra)
    return BurstOutcome(
        containers=len(families),
        processes=sum(map(len, families)),
        memory_mb=memory / MIB,
        connections=connections,
        cold=cold,
        warm=warm,
        alone=alone,
        refused=sum(sample.status == 429 for sample in beyond),
        app_memory_mb=app_memory_mb,
    )


def _function(workbench: Workbench, plan: BurstPlan, *, managed: bool) -> Function:
    settings = {
        "MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8",
        "MONOLAMBDA_LOG_LEVEL": "error",
        # the origin is silent until the last container has started
        "MONOLAMBDA_READ_S": str(_TIMEOUT_S),
        "MONOLAMBDA_FETCH_S": str(_TIMEOUT_S),
    }
    function = workbench.app(settings, name=_NAME, memory_mb=VCPU_MB, timeout_s=_TIMEOUT_S)
    if not managed:
        return function
    return msgspec.structs.replace(function, max_concurrency=plan.workers, memory_mb=plan.managed_mb)


def _burst(lab: LocalLambda, origin: OriginProcess, count: int, *, opened: int = 0) -> list[Sample]:
    """Send requests at once; with ``opened`` none is answered before so many connections are open or refused."""

    def call(number: int) -> Outcome:
        # a name of its own each, so that no result is kept for another
        source = origin.url(f"/{lab.timeline.totals.invocations}-{number}.jpg")
        outcome = invoke(lab, _NAME, http_event("GET", f"/resize?url={source}&width=320"))
        if (status := http_response(outcome).status) != 200:
            raise RuntimeError(f"expected an image, received {status}: {outcome.payload[:300]!r}")
        return outcome

    if not opened:
        return [each.sample for each in at_once(count, call)]
    origin.hold()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(at_once, count, call)
        try:
            wait_until(
                lambda: origin.counts().opened + lab.timeline.totals.throttles >= opened or sent.done(),
                f"{opened} requests at the origin or refused",
                within_s=_TIMEOUT_S,
            )
        finally:
            origin.release()
        return [each.sample for each in sent.result()]


def _wait_until_idle(lab: LocalLambda) -> None:
    idle = (ContainerState.FROZEN, ContainerState.IDLE)
    wait_until(lambda: set(lab.timeline.states()) <= set(idle), "the end of all work", within_s=_TIMEOUT_S)


def _app_memory_mb(lab: LocalLambda) -> int:
    """Return how much memory the app in one process believes to have."""
    response = http_response(invoke(lab, _NAME, http_event("GET", "/status", Accept="application/json")))
    limit: int = msgspec.json.decode(response.body)["container"]["memory_mb"]["limit"]
    return limit
