"""The latency of n requests at the same moment, in containers and in threads of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Final

import msgspec

from lab.experiments.support.findings import Finding, LineChart, Span, TimelineChart, figure
from lab.experiments.support.http_client import request
from lab.experiments.support.servers import gunicorn, serving
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.figures import Figure
from measurement.processes import free_port

WAIT_S: Final = 0.2
_COLD, _WARM, _THREADS = "cold containers", "warm containers", "one threaded process"
_CHARTED: Final = 20


class Burst(msgspec.Struct, frozen=True):
    """n requests at once: the latency of each in ms, and the containers that responded."""

    latencies: list[float]
    containers: frozenset[str]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One n: the burst against each kind of server, and what the containers did."""

    count: int
    bursts: Mapping[str, Burst]
    cold_again: int
    rows: Mapping[str, tuple[Span, ...]]


def run(workbench: Workbench) -> Finding:
    """Send n requests at once to a fresh fleet, to the warm one, and to one process of n threads."""
    counts = workbench.pick((1, 8), (1, 2, 5, 10, 20, 50, 100))
    with _server(workbench, counts[-1]) as server:
        burst(server, 1)
        rounds = [_round(workbench, count, server) for count in workbench.steps("concurrency", counts)]
    holds = all(len(each.bursts[_COLD].containers) == each.count for each in rounds)
    charted = [each for each in rounds if each.count <= _CHARTED][-1]
    return Finding(
        title="Concurrency",
        claim="n requests at the same moment start n containers; a server takes them all in one process.",
        method=f"Each request waits {1000 * WAIT_S:.0f} ms, as for a database, in the same handler. All n are sent at "
        "once over loopback HTTP: through the gateway to a fleet without containers, again to the same fleet, and to "
        "one gunicorn process with n threads. Cold starts here queue for this machine's cores; on Lambda they do not.",
        figures=tuple(each for found in rounds for each in _figures(found)),
        verdict=_verdict(rounds[-1], holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title="Median latency of n requests at once",
                across="requests at once",
                up="ms",
                lines={name: tuple(_points(rounds, name)) for name in (_COLD, _WARM, _THREADS)},
            ),
            TimelineChart(title=f"{charted.count} requests at once, twice, to containers", rows=charted.rows),
        ),
    )


def burst(url: str, count: int) -> Burst:
    """Send ``count`` waiting requests at the same moment, each over a connection of its own."""
    gate = threading.Barrier(count)

    def one(_: int) -> tuple[float, str]:
        gate.wait()
        began = time.perf_counter()
        response = request(f"{url}/?wait_s={WAIT_S}")
        latency = 1000 * (time.perf_counter() - began)
        return latency, msgspec.json.decode(response.body)["container"]

    with ThreadPoolExecutor(max_workers=count) as pool:
        responses = list(pool.map(one, range(count)))
    return Burst([latency for latency, _ in responses], frozenset(container for _, container in responses))


def _server(workbench: Workbench, threads: int) -> AbstractContextManager[str]:
    port = free_port()
    command = [*gunicorn("waiting:wsgi", port), "--threads", str(threads), "--chdir", str(FUNCTIONS)]
    return serving(command, port, {}, workbench.directory)


def _round(workbench: Workbench, count: int, server: str) -> Round:
    with workbench.lab(workbench.function("waiting.proxy", timeout_s=60.0)) as lab:
        cold, warm = burst(lab.url, count), burst(lab.url, count)
        cold_again = lab.timeline.totals.cold_starts - len(cold.containers)
        rows = timeline_rows(lab.timeline)
    return Round(
        count=count,
        bursts={_COLD: cold, _WARM: warm, _THREADS: burst(server, count)},
        cold_again=cold_again,
        rows=rows,
    )


def _figures(found: Round) -> Iterator[Figure]:
    case = f"{found.count} at once"
    for name, each in found.bursts.items():
        yield figure(case, f"latency, {name}", each.latencies, unit="ms")
    yield figure(case, "containers started", [len(found.bursts[_COLD].containers)])
    yield figure(case, "cold starts, second time", [found.cold_again])


def _points(rounds: Sequence[Round], name: str) -> Iterator[tuple[float, float]]:
    for each in rounds:
        yield each.count, figure("", "", each.bursts[name].latencies).spread.median


def _verdict(last: Round, *, holds: bool) -> str:
    cold, warm, threads = (next(_points([last], name))[1] for name in (_COLD, _WARM, _THREADS))
    return (
        f"{'Yes' if holds else 'No'}: {last.count} requests at once started {len(last.bursts[_COLD].containers)} "
        f"containers; the median was {cold:.0f} ms when all were cold, {warm:.0f} ms when they were warm, and "
        f"{threads:.0f} ms in one process with as many threads."
    )
