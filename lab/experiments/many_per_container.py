"""Containers that take several requests at once, as on Managed Instances, against containers that take one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Final

import msgspec

from lab.accounts.function import Function
from lab.containers import procfs
from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.costs.managed import ManagedSetup, break_even, on_managed_instances
from lab.costs.workload import Workload
from lab.experiments.support.findings import BarChart, Finding, figure
from lab.experiments.support.images import photo
from lab.experiments.support.invocations import http_event, http_response, invoke
from lab.experiments.support.load import at_once
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.polling import becomes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recording import Sample
from lab.traits import MIB
from measurement.figures import Figure

ONE, MANY, PRICE = "one request per container", "several requests per container", "price"
_NAME: Final = "app"
_TIMEOUT_S: Final = 120.0
_MEMORY_MB: Final = 1769
_MANAGED_GB: Final = 1


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` requests at once for containers of ``workers``; then ``extra`` beyond them."""

    count: int
    workers: int
    extra: int
    rounds: int

    @property
    def environments(self) -> int:
        """Return the containers with workers that are started ahead, just enough for ``count``."""
        return self.count // self.workers


class Layout(msgspec.Struct, frozen=True, kw_only=True):
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


def run(workbench: Workbench) -> Finding:
    """Resize images from an origin that holds its responses until every request of the burst has reached it."""
    load = workbench.pick(Load(count=4, workers=2, extra=1, rounds=1), Load(count=8, workers=4, extra=2, rounds=5))
    image = workbench.directory / "image.jpg"
    image.write_bytes(photo(1600, 1200))
    found: dict[str, list[Layout]] = {ONE: [], MANY: []}
    for _ in workbench.steps("many_per_container", range(load.rounds)):
        for name, layouts in found.items():
            with OriginProcess(file=image) as origin:
                layouts.append(_layout(workbench, origin, load, managed=name == MANY))
    one, many = found[ONE][-1], found[MANY][-1]
    durations_ms = [sample.duration_ms for each in found[ONE] for sample in each.alone]
    return Finding(
        title="Several requests per container",
        claim="Where a container takes several requests at once, fewer containers, processes and connections do the "
        "same work.",
        method=_method(load),
        verdict=_verdict(load, found, median(durations_ms)),
        holds=holds(one, many),
        figures=(
            *(each for name, layouts in found.items() for each in _figures(name, load, layouts)),
            *_prices(durations_ms),
        ),
        charts=(
            BarChart(
                title=f"Processes for {load.count} requests at once",
                across="processes",
                cases={ONE: _processes(load, one), MANY: _processes(load, many)},
            ),
            BarChart(
                title=f"Their memory after {load.count} requests at once",
                across="MB",
                cases={name: {"all processes": round(_memory(layouts), 1)} for name, layouts in found.items()},
            ),
        ),
    )


def holds(one: Layout, many: Layout) -> bool | None:
    """Return whether everything is fewer with several requests per container, None when only containers are."""
    if many.containers >= one.containers:
        return False
    return True if many.processes < one.processes and many.connections < one.connections else None


def _method(load: Load) -> str:
    return (
        f"The app resizes a photograph from an origin that answers when all {load.count} requests have reached it. "
        f"Once in containers of {_MEMORY_MB} MB that take one request each and start when it comes, once in "
        f"{load.environments} containers of {1024 * _MANAGED_GB * load.workers} MB that AWS's own runtime client "
        f"divides into {load.workers} processes, started ahead as Managed Instances are. Memory is what "
        "each container would hold on a machine of its own: pages by share (PSS), loaded files once. Then the same "
        f"again with warm containers, one request at a time, and {load.extra} more at once; {load.rounds} round(s) of "
        f"everything. Prices are arithmetic: published prices, {_MEMORY_MB} MB, and the median duration of a request "
        "at a time, measured here."
    )


def _function(workbench: Workbench, load: Load, *, managed: bool) -> Function:
    settings = {
        "MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8",
        "MONOLAMBDA_LOG_LEVEL": "error",
        # the origin is silent until the last container has started
        "MONOLAMBDA_READ_S": str(_TIMEOUT_S),
        "MONOLAMBDA_FETCH_S": str(_TIMEOUT_S),
    }
    function = workbench.app(settings, name=_NAME, memory_mb=_MEMORY_MB, timeout_s=_TIMEOUT_S)
    if not managed:
        return function
    memory_mb = 1024 * _MANAGED_GB * load.workers
    return msgspec.structs.replace(function, max_concurrency=load.workers, memory_mb=memory_mb)


def _layout(workbench: Workbench, origin: OriginProcess, load: Load, *, managed: bool) -> Layout:
    function = _function(workbench, load, managed=managed)
    with workbench.lab(function) as lab:
        if managed:
            lab.fleet.prepare(function, load.environments)
        _burst(lab, origin, load.count, opened=load.count)
        _wait_until_idle(lab)
        families = [procfs.family(container.pid) for container in lab.fleet.containers]
        memory = sum(map(procfs.shared_bytes, families))
        connections, cold = origin.counts().open, lab.timeline.totals.cold_starts
        app_memory_mb = _app_memory_mb(lab)
        warm = _burst(lab, origin, load.count)
        alone = [sample for _ in range(load.count) for sample in _burst(lab, origin, 1)]
        _wait_until_idle(lab)
        beyond = _burst(lab, origin, load.count + load.extra, opened=load.count + load.extra)
    return Layout(
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
        return at_once(count, call)
    origin.hold()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(at_once, count, call)
        try:
            becomes_true(
                lambda: origin.counts().opened + lab.timeline.totals.throttles >= opened or sent.done(),
                within_s=_TIMEOUT_S,
            )
        finally:
            origin.release()
        return sent.result()


def _wait_until_idle(lab: LocalLambda) -> None:
    idle = (ContainerState.FROZEN, ContainerState.IDLE)
    if not becomes_true(lambda: set(lab.timeline.states()) <= set(idle), within_s=_TIMEOUT_S):
        raise RuntimeError(f"containers are still busy: {lab.timeline.states()}")


def _app_memory_mb(lab: LocalLambda) -> int:
    """Return how much memory the app in one process believes to have."""
    response = http_response(invoke(lab, _NAME, http_event("GET", "/status", Accept="application/json")))
    limit: int = msgspec.json.decode(response.body)["container"]["memory_mb"]["limit"]
    return limit


def _figures(name: str, load: Load, layouts: Sequence[Layout]) -> Iterator[Figure]:
    yield figure(name, "requests at once", [load.count])
    yield figure(name, "containers", [each.containers for each in layouts])
    yield figure(name, "processes", [each.processes for each in layouts])
    yield figure(name, "memory of all processes", [each.memory_mb for each in layouts], unit="MB")
    yield figure(name, "memory for each request at once", [each.memory_mb / load.count for each in layouts], unit="MB")
    yield figure(name, "memory limit that the app sees", [each.app_memory_mb for each in layouts], unit="MB")
    yield figure(name, "connections held when idle", [each.connections for each in layouts])
    yield figure(name, "cold requests", [each.cold for each in layouts])
    yield figure(name, "latency, warm", [s.latency_ms for each in layouts for s in each.warm], unit="ms")
    yield figure(name, f"refused of {load.count + load.extra}", [each.refused for each in layouts])


def _prices(durations_ms: Sequence[float]) -> Iterator[Figure]:
    setup, work = ManagedSetup(), Workload(requests=0, memory=_MEMORY_MB, duration=median(durations_ms))
    requests = break_even(work, setup)
    busy = msgspec.structs.replace(work, requests=requests).busy_share(setup.vcpus())
    yield figure(PRICE, "duration of a request, one at a time", durations_ms, unit="ms")
    yield figure(PRICE, f"{setup.count} x {setup.kind} and the fee, a month", [_fixed()], unit="$")
    yield figure(PRICE, "cheaper than Lambda from, a month", [requests / 1e6], unit="million requests")
    yield figure(PRICE, "servers busy there, if a request is all CPU", [100 * busy], unit="%")


def _fixed() -> float:
    return on_managed_instances(0, ManagedSetup()).total


def _processes(load: Load, layout: Layout) -> dict[str, float]:
    return {"take requests": load.count, "parents": layout.processes - load.count}


def _memory(layouts: Sequence[Layout]) -> float:
    return median(each.memory_mb for each in layouts)


def _verdict(load: Load, found: dict[str, list[Layout]], duration_ms: float) -> str:
    one, many = found[ONE][-1], found[MANY][-1]
    answer = {True: "Yes", False: "No", None: "Only containers"}[holds(one, many)]
    requests = break_even(Workload(requests=0, memory=_MEMORY_MB, duration=duration_ms), ManagedSetup()) / 1e6
    return (
        f"{answer}: {load.count} requests at once took {one.containers} containers with one each and {many.containers} "
        f"with {load.workers}, with {one.processes} processes against {many.processes}, {_memory(found[ONE]):.0f} MB "
        f"against {_memory(found[MANY]):.0f} and {one.connections} connections against {many.connections}; "
        f"{one.cold} requests were cold against {many.cold}, {one.refused} of {load.count + load.extra} were refused "
        f"against {many.refused}, and {ManagedSetup().count} servers cost {_fixed():.0f} dollars a month, less than "
        f"Lambda from {requests:.0f} million such requests on."
    )
