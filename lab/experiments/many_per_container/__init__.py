"""Containers that take several requests at once, as on Managed Instances, against containers that take one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from statistics import mean, median
from typing import Final

import msgspec

from lab.costs.managed import SERVER, SERVERS, VCPUS, on_managed_instances, servers_cheaper_from
from lab.costs.workload import Workload
from lab.experiments.many_per_container.held_bursts import BurstOutcome, BurstPlan, serve_bursts
from lab.experiments.support.findings import MEASURED, BarChart, Finding, figure, in_words
from lab.experiments.support.images import photo
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.workbench import Workbench
from lab.traits import VCPU_MB
from measurement.figures import Figure

ONE, MANY, PRICE = "one request per container", "several requests per container", "price"

# what the claim says is fewer
_COUNTED: Final = ("containers", "processes", "connections")
# the outcomes of ONE and of MANY, round by round
Rounds = Mapping[str, Sequence[BurstOutcome]]


def run(workbench: Workbench) -> Finding:
    """Resize images from an origin that holds its responses until every request of the burst has reached it."""
    plan = workbench.pick(
        BurstPlan(count=4, workers=2, extra=1, rounds=1), BurstPlan(count=8, workers=4, extra=2, rounds=5)
    )
    image = workbench.directory / "image.jpg"
    image.write_bytes(photo(1600, 1200))
    found: dict[str, list[BurstOutcome]] = {ONE: [], MANY: []}
    for _ in workbench.steps("many_per_container", range(plan.rounds)):
        for name, rounds in found.items():
            with OriginProcess(file=image) as origin:
                rounds.append(serve_bursts(workbench, origin, plan, managed=name == MANY))
    return judge(plan, found)


def judge(plan: BurstPlan, found: Rounds) -> Finding:
    """Return what follows from all rounds, and from the durations of single requests what servers cost beside them."""
    durations_ms = [sample.duration_ms for each in found[ONE] for sample in each.alone]
    # every millisecond that has begun is paid
    work = Workload(requests=0, memory=VCPU_MB, duration=mean(map(ceil, durations_ms)))
    work = msgspec.structs.replace(work, requests=servers_cheaper_from(work))
    verdict = holds(found)
    return Finding(
        title="Several requests per container",
        claim="Where a container takes several requests at once, fewer containers, processes and connections do the "
        "same work.",
        method=_method(plan),
        verdict=_verdict(plan, found, work.requests, holds=verdict),
        holds=verdict,
        basis=MEASURED,
        figures=(
            *(each for name, rounds in found.items() for each in _figures(name, plan, rounds)),
            *_prices(durations_ms, work),
        ),
        charts=(
            BarChart(
                title=f"Processes for {plan.count} requests at once",
                across="processes",
                cases={name: _processes(plan, rounds) for name, rounds in found.items()},
            ),
            BarChart(
                title=f"Their memory after {plan.count} requests at once",
                across="MB",
                cases={name: {"all processes": round(_memory(rounds), 1)} for name, rounds in found.items()},
            ),
        ),
    )


def holds(found: Rounds) -> bool | None:
    """Return whether everything is fewer with several requests per container, None when containers are, but not all.

    It has to be so in every round: the counts are the same in each unless something is wrong.
    """
    fewer = _fewer(found)
    if _COUNTED[0] not in fewer:
        return False
    return len(fewer) == len(_COUNTED) or None


def _fewer(found: Rounds) -> list[str]:
    """Return what is fewer with several requests per container, in every round."""
    pairs = list(zip(found[ONE], found[MANY], strict=True))
    return [name for name in _COUNTED if all(getattr(many, name) < getattr(one, name) for one, many in pairs)]


def _method(plan: BurstPlan) -> str:
    return (
        f"The app resizes a photograph from an origin that answers when all {plan.count} requests have reached it. "
        f"Once in containers of {VCPU_MB} MB that take one request each and start when it comes, once in "
        f"{plan.environments} containers of {plan.managed_mb} MB that AWS's own runtime client "
        f"divides into {plan.workers} processes, started ahead as Managed Instances are. Memory is what "
        "each container would hold on a machine of its own: pages by share (PSS), loaded files once. Then the same "
        f"again with warm containers, one request at a time, and {plan.extra} more at once; n = {plan.rounds} for all "
        f"of it. Prices are arithmetic: published prices, {VCPU_MB} MB, and the mean of what is billed for a "
        "request at a time, each millisecond that has begun, measured here."
    )


def _figures(name: str, plan: BurstPlan, rounds: Sequence[BurstOutcome]) -> Iterator[Figure]:
    yield figure(name, "requests at once", [plan.count], given=True)
    yield figure(name, "containers", [each.containers for each in rounds])
    yield figure(name, "processes", [each.processes for each in rounds])
    yield figure(name, "memory of all processes", [each.memory_mb for each in rounds], unit="MB")
    yield figure(name, "memory for each request at once", [each.memory_mb / plan.count for each in rounds], unit="MB")
    yield figure(name, "memory limit that the app sees", [each.app_memory_mb for each in rounds], unit="MB")
    yield figure(name, "connections held when idle", [each.connections for each in rounds])
    yield figure(name, "cold requests", [each.cold for each in rounds])
    yield figure(name, "latency, warm", [s.latency_ms for each in rounds for s in each.warm], unit="ms")
    yield figure(name, f"refused of {plan.count + plan.extra}", [each.refused for each in rounds])


def _prices(durations_ms: Sequence[float], work: Workload) -> Iterator[Figure]:
    busy = msgspec.structs.replace(work, duration=mean(durations_ms)).busy_share(VCPUS)
    yield figure(PRICE, "duration of a request, one at a time", durations_ms, unit="ms")
    yield figure(PRICE, "billed for a request, one at a time", map(ceil, durations_ms), unit="ms")
    yield figure(PRICE, f"{SERVERS} x {SERVER} and the fee, a month", [_fixed()], unit="$", given=True)
    yield figure(PRICE, "cheaper than Lambda from, a month", [work.requests / 1e6], unit="million requests")
    yield figure(PRICE, "servers busy there, if a request is all CPU", [100 * busy], unit="%")


def _fixed() -> float:
    return on_managed_instances(0).total


def _processes(plan: BurstPlan, rounds: Sequence[BurstOutcome]) -> dict[str, float]:
    return {"take requests": plan.count, "parents": median(each.processes for each in rounds) - plan.count}


def _memory(rounds: Sequence[BurstOutcome]) -> float:
    return median(each.memory_mb for each in rounds)


def _verdict(plan: BurstPlan, found: Rounds, requests: float, *, holds: bool | None) -> str:
    answer = {True: "Yes", False: "No", None: f"Only {' and '.join(_fewer(found))}"}[holds]

    def counts(name: str) -> tuple[str, str]:
        return in_words(getattr(each, name) for each in found[ONE]), in_words(
            getattr(each, name) for each in found[MANY]
        )

    containers, processes, connections, cold, refused = map(
        counts, ("containers", "processes", "connections", "cold", "refused")
    )
    return (
        f"{answer} (n = {len(found[ONE])}): {plan.count} requests at once took {containers[0]} containers with "
        f"one each and {containers[1]} with {plan.workers}, with {processes[0]} processes against {processes[1]}, "
        f"{_memory(found[ONE]):.0f} MB against {_memory(found[MANY]):.0f} and {connections[0]} connections against "
        f"{connections[1]}; {cold[0]} requests were cold against {cold[1]}, {refused[0]} of {plan.count + plan.extra} "
        f"were refused against {refused[1]}, and {SERVERS} servers cost {_fixed():.0f} dollars a month, "
        f"less than Lambda from {requests / 1e6:.0f} million such requests on."
    )
