"""Connection pooling: the time it saves, and its cost with many containers or after a long freeze."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any, Final

import msgspec

from lab.account.function import Function
from lab.containers.timeline import ContainerState
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.findings import MEASURED, BarChart, Chart, Finding, LineChart, figure, in_words
from lab.experiments.support.invocations import result
from lab.experiments.support.origin import Counts, OriginProcess
from lab.experiments.support.polling import wait_until
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.figures import Figure

MODES: Final = ("per container", "per request", "none")
FETCHES: Final = 3
CONNECT_S: Final = 0.03
LIMIT: Final = 100
_TIMEOUT_S: Final = 120.0


class PoolingResult(msgspec.Struct, frozen=True):
    """One round of one pooling mode: how long the fetches of each request took, and what the origin counted."""

    milliseconds: Sequence[float]
    counts: Counts


class ConnectionStorm(msgspec.Struct, frozen=True):
    """Containers at once, each with ``size`` fetches at once: what came of them, and of the connections, each round."""

    containers: int
    size: int
    accepted: Sequence[int]
    failed: Sequence[int]
    held: Sequence[int]

    @property
    def requested(self) -> int:
        """Return how many connections the fetches need."""
        return self.containers * self.size


class AfterFreezes(msgspec.Struct, frozen=True):
    """One client after ``freezes`` freezes: how many requests failed, in each round."""

    freezes: int
    failed: Sequence[int]


# by pooling mode, and by what happened during a freeze and by client
Modes = Mapping[str, Sequence[PoolingResult]]
Stale = Mapping[str, Mapping[str, AfterFreezes]]


def run(workbench: Workbench) -> Finding:
    """Fetch in every pooling mode from one container, from too many, and after a freeze."""
    sizes = workbench.pick([(4, 1), (4, 30)], [(10, 1), (10, 10), (20, 1), (20, 5), (20, 10)])
    modes = _modes(workbench)
    storms = [_storm(workbench, containers, size) for containers, size in workbench.steps("pooling", sizes)]
    return judge(modes, storms, _stale(workbench))


def judge(modes: Modes, storms: Sequence[ConnectionStorm], stale: Stale) -> Finding:
    """Return what follows: one connection for all requests of a container, in every round, contradicts the claim."""
    kept = all(each.counts.opened == 1 for each in modes["per container"])
    return Finding(
        title="Connection pooling",
        claim="On Lambda a connection cannot be kept: every request opens its own.",
        method=f"Each request fetches {FETCHES} URLs with the app's own client from an origin in a process of its own, "
        f"where a new connection costs {1000 * CONNECT_S:.0f} ms, instead of TCP and TLS handshakes over a distance; "
        f"for each mode n = {len(modes['none'])}. Then many containers fetch at once, each many URLs at once, from an "
        f"origin that accepts {LIMIT} connections (n = {len(storms[0].failed)}, with new containers). Then, while a "
        "container is frozen, the origin closes its connection, or a NAT on the path drops it, which a client notices "
        "only when it uses it; plain requests are compared with our client, which retries once, after "
        f"{stale['dropped']['per container'].freezes} freezes in each round.",
        verdict=_verdict(modes, storms, stale, kept=kept),
        holds=not kept,
        basis=MEASURED,
        figures=(*_mode_figures(modes), *_storm_figures(storms), *_stale_figures(stale)),
        charts=_charts(modes, storms),
    )


def _modes(workbench: Workbench) -> Modes:
    """Return each mode's times and counts over requests to one container; the first of each round warms it."""
    count, rounds = workbench.pick((4, 1), (20, 5))
    found: dict[str, list[PoolingResult]] = {mode: [] for mode in MODES}
    with workbench.lab(_function(workbench)) as lab:
        for mode, results in [*found.items()] * rounds:
            with OriginProcess(connect_s=CONNECT_S) as origin:
                event = {"mode": mode, "urls": [origin.url("/?bytes=1000")] * FETCHES}
                fetched = [_invoke(lab, event)["ms"] for _ in range(count)]
                results.append(PoolingResult(fetched, origin.counts()))
    return found


def _storm(workbench: Workbench, containers: int, size: int) -> ConnectionStorm:
    rounds = [_storm_round(workbench, containers, size, number) for number in range(workbench.pick(1, 5))]
    accepted, failed, held = zip(*rounds, strict=True)
    return ConnectionStorm(containers, size, accepted, failed, held)


def _storm_round(workbench: Workbench, containers: int, size: int, number: int) -> tuple[int, int, int]:
    """Open all connections before any gets a response; then let all containers respond and freeze.

    Returns how many connections were accepted, how many fetches failed, and how many connections stayed open.
    """
    gate = workbench.directory / f"storm-{containers}-{size}-{number}"
    event: dict[str, Any] = {"mode": "per container", "at_once": True, "until": str(gate)}
    with (
        OriginProcess(limit=LIMIT) as origin,
        workbench.lab(_function(workbench, size)) as lab,
        ThreadPoolExecutor(containers) as pool,
    ):
        origin.hold()
        event["urls"] = [origin.url("/?bytes=1000")] * size
        waiting = [pool.submit(_invoke, lab, event) for _ in range(containers)]
        try:
            wait_until(
                lambda: origin.counts().tried >= containers * size or any(each.done() for each in waiting),
                f"{containers * size} attempts to connect",
                within_s=_TIMEOUT_S,
            )
        finally:
            origin.release()
            gate.touch()
        failed = sum(each.result()["failed"] for each in waiting)
        _wait_until_frozen(lab, containers)
        counts = origin.counts()
        return counts.opened, failed, counts.open


def _stale(workbench: Workbench) -> Stale:
    """Return how many requests failed right after a freeze, by what happened during it and by client."""
    happenings: dict[str, Callable[[OriginProcess], object]] = {
        "left alone": OriginProcess.counts,
        "closed": OriginProcess.close_idle,
        "dropped": OriginProcess.drop_idle,
    }
    with workbench.lab(_function(workbench)) as lab:
        return {
            name: {mode: _after_freezes(workbench, lab, mode, happens) for mode in ("per container", "without retry")}
            for name, happens in happenings.items()
        }


def _after_freezes(
    workbench: Workbench, lab: LocalLambda, mode: str, happens: Callable[[OriginProcess], object]
) -> AfterFreezes:
    freezes, rounds = workbench.pick((2, 1), (4, 5))
    with OriginProcess() as origin:
        event = {"mode": mode, "urls": [origin.url("/?bytes=1000")]}

        def fails() -> int:
            _invoke(lab, event)
            _wait_until_frozen(lab, 1)
            happens(origin)
            failed: int = _invoke(lab, event)["failed"]
            return failed

        return AfterFreezes(freezes, [sum(fails() for _ in range(freezes)) for _ in range(rounds)])


def _wait_until_frozen(lab: LocalLambda, containers: int) -> None:
    wait_until(
        lambda: lab.timeline.states()[ContainerState.FROZEN] == containers,
        f"{containers} frozen container(s)",
        within_s=_TIMEOUT_S,
    )


def _function(workbench: Workbench, size: int = 10) -> Function:
    settings, seen = {"POOL_SIZE": str(size)}, (workbench.directory,)
    # the gate of a storm is a file in the directory, which a private /tmp would hide
    return app_function(workbench, "fetching.handler", settings, timeout_s=_TIMEOUT_S, file_systems=seen)


def _invoke(lab: LocalLambda, event: dict[str, Any]) -> Any:
    return result(lab.invoke(msgspec.json.encode(event)))


def _mode_figures(modes: Modes) -> Iterator[Figure]:
    for name, rounds in modes.items():
        case = f"connection {name}"
        yield figure(case, "connections opened", [each.counts.opened for each in rounds])
        yield figure(case, "fetches", [each.counts.requests for each in rounds])
        # the first request of a round opens connections in every mode
        yield figure(case, f"{FETCHES} fetches", [ms for each in rounds for ms in each.milliseconds[1:]], unit="ms")


def _storm_figures(storms: Sequence[ConnectionStorm]) -> Iterator[Figure]:
    for storm in storms:
        case = f"{storm.containers} × {storm.size}"
        yield figure(case, "connections accepted", storm.accepted)
        yield figure(case, "fetches that failed", storm.failed)
        yield figure(case, "connections held by frozen containers", storm.held)


def _stale_figures(stale: Stale) -> Iterator[Figure]:
    for name, failed in stale.items():
        yield figure(f"{name} while frozen", "failed, plain requests", failed["without retry"].failed)
        yield figure(f"{name} while frozen", "failed, our client", failed["per container"].failed)


def _charts(modes: Modes, storms: Sequence[ConnectionStorm]) -> tuple[Chart, ...]:
    opened = {
        f"connection {name}": {"opened": float(median(each.counts.opened for each in rounds))}
        for name, rounds in modes.items()
    }
    storms = sorted(storms, key=lambda storm: storm.requested)
    return (
        BarChart(title="Connections the origin saw", across="connections", cases=opened),
        LineChart(
            title=f"Containers × pool size against an origin that accepts {LIMIT}",
            across="connections requested",
            up="connections",
            lines={
                "accepted": tuple((storm.requested, median(storm.accepted)) for storm in storms),
                "failed": tuple((storm.requested, median(storm.failed)) for storm in storms),
            },
        ),
    )


def _verdict(modes: Modes, storms: Sequence[ConnectionStorm], stale: Stale, *, kept: bool) -> str:
    opened = {name: in_words(each.counts.opened for each in rounds) for name, rounds in modes.items()}
    fetches = in_words(each.counts.requests for each in modes["none"])
    worst = max(storms, key=lambda storm: storm.requested)
    plain, ours = (stale["dropped"][client] for client in ("without retry", "per container"))
    return (
        f"{'No' if kept else 'Yes'}: {fetches} fetches opened {opened['per container']} with connections kept per "
        f"container, {opened['per request']} with connections kept per request, and {opened['none']} with none kept "
        f"(n = {len(modes['none'])}); but every container has a pool of its own: {worst.containers} containers "
        f"with {worst.size} connections each requested {worst.requested} of an origin that accepts {LIMIT}, so "
        f"{in_words(worst.failed)} fetches failed and {in_words(worst.held)} connections stayed open in frozen "
        f"containers (n = {len(worst.failed)}); after a dropped connection {in_words(plain.failed)} of {plain.freezes} "
        f"requests failed without a retry, {in_words(ours.failed)} with ours (n = {len(ours.failed)})."
    )
