"""What keeping connections saves, and what it costs when containers are many or sleep for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from lab.accounts.function import Function
from lab.containers.timeline import ContainerState
from lab.experiments.support.app_functions import extended
from lab.experiments.support.findings import BarChart, Chart, Finding, LineChart, figure
from lab.experiments.support.invocations import value
from lab.experiments.support.origin import Counts, Origin
from lab.experiments.support.polling import comes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.results import Figure

WAYS: Final = ("per container", "per request", "none")
FETCHES: Final = 3
CONNECT_S: Final = 0.03
LIMIT: Final = 100
_PATIENCE_S: Final = 120.0


class PoolingResult(msgspec.Struct, frozen=True):
    """One way of keeping connections: what each request waited for its fetches, and what the origin counted."""

    milliseconds: Sequence[float]
    counts: Counts


class ConnectionStorm(msgspec.Struct, frozen=True):
    """Containers at once, each with so many fetches at once: connections accepted, refused, and held in their sleep."""

    containers: int
    size: int
    accepted: int
    failed: int
    held: int

    @property
    def asked(self) -> int:
        """Return how many connections that takes."""
        return self.containers * self.size


def run(workbench: Workbench) -> Finding:
    """Fetch by every way from one container, from too many, and after a sleep."""
    sizes = workbench.pick([(4, 1), (4, 30)], [(10, 1), (10, 10), (20, 1), (20, 5), (20, 10), (50, 1), (50, 4)])
    ways = _ways(workbench)
    storms = [_storm(workbench, containers, size) for containers, size in workbench.steps("pooling", sizes)]
    stale = _stale(workbench)
    holds = ways["per container"].counts.opened == 1
    return Finding(
        title="Connection pooling",
        claim="On Lambda a connection cannot be kept: every request opens its own.",
        method=f"Each request fetches {FETCHES} urls by the app's own client from an origin in a process of its own, "
        f"where a new connection costs {1000 * CONNECT_S:.0f} ms, in place of the handshakes of TCP and TLS over a "
        f"distance. The storm: so many containers at once, each with so many fetches at once, and the origin accepts "
        f"{LIMIT} connections. Stale: while the container is frozen, the origin closes its connection, or a NAT on "
        "the way drops it, which shows only when it is used; plain requests against our client, which asks once more.",
        figures=(*_way_figures(ways), *_storm_figures(storms), *_stale_figures(stale)),
        verdict=_verdict(ways, storms, stale, holds=holds),
        holds=not holds,
        charts=_charts(ways, storms),
    )


def _ways(workbench: Workbench) -> dict[str, PoolingResult]:
    """Return each way's times and counts, over requests to one container; the first only warms."""
    count = workbench.pick(4, 40)
    found = {}
    with workbench.lab(_function(workbench)) as lab:
        for way in WAYS:
            with Origin(connect_s=CONNECT_S) as origin:
                event = {"way": way, "urls": [origin.url("/?bytes=1000")] * FETCHES}
                answers = [_invoke(lab, event) for _ in range(count)]
                found[way] = PoolingResult([answer["ms"] for answer in answers], origin.counts())
    return found


def _storm(workbench: Workbench, containers: int, size: int) -> ConnectionStorm:
    """Open all connections before any is answered; then let all containers answer and freeze."""
    gate = workbench.directory / f"storm-{containers}-{size}"
    event: dict[str, Any] = {"way": "per container", "at_once": True, "until": str(gate)}
    with (
        Origin(limit=LIMIT) as origin,
        workbench.lab(_function(workbench, size)) as lab,
        ThreadPoolExecutor(containers) as pool,
    ):
        origin.hold()
        event["urls"] = [origin.url("/?bytes=1000")] * size
        waiting = [pool.submit(_invoke, lab, event) for _ in range(containers)]
        try:
            comes_true(
                lambda: origin.counts().opened + origin.counts().refused >= containers * size, within_s=_PATIENCE_S
            )
        finally:
            origin.release()
            gate.touch()
        failed = sum(each.result()["failed"] for each in waiting)
        comes_true(lambda: lab.timeline.states()[ContainerState.FROZEN] >= containers, within_s=_PATIENCE_S)
        counts = origin.counts()
        return ConnectionStorm(containers, size, counts.opened, failed, counts.open)


def _stale(workbench: Workbench) -> dict[str, dict[str, int]]:
    """Return how many requests failed, of one after each sleep, by what happened meanwhile and by client."""
    happenings: dict[str, Callable[[Origin], object]] = {
        "left alone": Origin.counts,
        "closed": Origin.close_idle,
        "dropped": Origin.drop_idle,
    }
    with workbench.lab(_function(workbench)) as lab:
        return {
            name: {way: _after_sleeps(workbench, lab, way, happens) for way in ("per container", "without retry")}
            for name, happens in happenings.items()
        }


def _after_sleeps(workbench: Workbench, lab: LocalLambda, way: str, happens: Callable[[Origin], object]) -> int:
    failed = 0
    with Origin() as origin:
        event = {"way": way, "urls": [origin.url("/?bytes=1000")]}
        for _ in range(workbench.pick(2, 10)):
            _invoke(lab, event)
            comes_true(lambda: lab.timeline.states()[ContainerState.FROZEN] == 1, within_s=_PATIENCE_S)
            happens(origin)
            failed += _invoke(lab, event)["failed"]
    return failed


def _function(workbench: Workbench, size: int = 10) -> Function:
    return extended(workbench, "fetching.handler", {"POOL_SIZE": str(size)}, timeout_s=_PATIENCE_S)


def _invoke(lab: LocalLambda, event: dict[str, Any]) -> Any:
    return value(lab.invoke(msgspec.json.encode(event)))


def _way_figures(ways: dict[str, PoolingResult]) -> Iterator[Figure]:
    for name, way in ways.items():
        case = f"connection {name}"
        yield figure(case, "connections opened", [way.counts.opened])
        yield figure(case, "fetches", [way.counts.requests])
        # the first request opens connections whichever way
        yield figure(case, f"{FETCHES} fetches", way.milliseconds[1:], unit="ms")


def _storm_figures(storms: list[ConnectionStorm]) -> Iterator[Figure]:
    for storm in storms:
        case = f"{storm.containers} × {storm.size}"
        yield figure(case, "connections accepted", [storm.accepted])
        yield figure(case, "fetches that failed", [storm.failed])
        yield figure(case, "connections held by frozen containers", [storm.held])


def _stale_figures(stale: dict[str, dict[str, int]]) -> Iterator[Figure]:
    for name, failed in stale.items():
        yield figure(f"{name} while frozen", "failed, plain requests", [failed["without retry"]])
        yield figure(f"{name} while frozen", "failed, our client", [failed["per container"]])


def _charts(ways: dict[str, PoolingResult], storms: list[ConnectionStorm]) -> tuple[Chart, ...]:
    opened = {f"connection {name}": {"opened": float(way.counts.opened)} for name, way in ways.items()}
    storms = sorted(storms, key=lambda storm: storm.asked)
    return (
        BarChart(title="Connections the origin saw", across="connections", cases=opened),
        LineChart(
            title=f"Containers × pool size against an origin that accepts {LIMIT}",
            across="connections asked for",
            up="connections",
            lines={
                "accepted": tuple((storm.asked, storm.accepted) for storm in storms),
                "failed": tuple((storm.asked, storm.failed) for storm in storms),
            },
        ),
    )


def _verdict(
    ways: dict[str, PoolingResult], storms: list[ConnectionStorm], stale: dict[str, dict[str, int]], *, holds: bool
) -> str:
    opened = ", ".join(f"{way.counts.opened} when kept {name}" for name, way in ways.items() if name != "none")
    worst = max(storms, key=lambda storm: storm.asked)
    dropped = stale["dropped"]
    return (
        f"{'No' if holds else 'Yes'}: {ways['none'].counts.requests} fetches opened {opened}, and "
        f"{ways['none'].counts.opened} when none is kept; but the pool is each container's own: {worst.containers} "
        f"with {worst.size} connections each asked for {worst.asked} of an origin that accepts {LIMIT}, "
        f"{worst.failed} fetches failed, and {worst.held} connections stayed open in frozen containers; after a "
        f"dropped connection {dropped['without retry']} requests failed without a retry, "
        f"{dropped['per container']} with ours."
    )
