"""The latency of n requests at the same moment, in containers and in threads of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Final

import msgspec

from lab.experiments.support.findings import DOCUMENTED, Finding, LineChart, Span, TimelineChart, figure, in_words
from lab.experiments.support.http_client import request
from lab.experiments.support.servers import gunicorn, serving
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.figures import Figure
from measurement.processes import free_port

WAIT_S: Final = 0.2
COLD, WARM, THREADS = "cold containers", "warm containers", "one threaded process"
_CHARTED: Final = 20


class Burst(msgspec.Struct, frozen=True):
    """n requests at once: the latency of each in ms, and the containers that responded."""

    latencies: list[float]
    containers: frozenset[str]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One n: the bursts against each kind of server, one for each repetition, and what the containers did.

    ``cold_again`` counts cold starts of the second burst; ``rows`` are those of the last repetition.
    """

    count: int
    bursts: Mapping[str, Sequence[Burst]]
    cold_again: Sequence[int]
    rows: Mapping[str, tuple[Span, ...]]


def run(workbench: Workbench) -> Finding:
    """Send n requests at once to a fresh fleet, to the warm one, and to one process of n threads, several times."""
    counts = workbench.pick((1, 8), (1, 2, 5, 10, 20, 50, 100))
    repetitions = workbench.pick(1, 5)
    return judge([_round(workbench, count, repetitions) for count in workbench.steps("concurrency", counts)])


def judge(rounds: Sequence[Round]) -> Finding:
    """Return what follows from the rounds: every burst has to start as many containers as it has requests."""
    holds = all(len(each.containers) == found.count for found in rounds for each in found.bursts[COLD])
    charted = [each for each in rounds if each.count <= _CHARTED][-1]
    return Finding(
        title="Concurrency",
        claim="n requests at the same moment start n containers; a server takes them all in one process.",
        method=f"Each request waits {1000 * WAIT_S:.0f} ms, as for a database, in the same handler. All n are sent at "
        "once over loopback HTTP: through the gateway to a fleet without containers, again to the same fleet, and to "
        f"one gunicorn process with n threads, {len(rounds[-1].cold_again)} times. A container takes one request at a "
        "time because the lab does as AWS says; the latencies are this machine's. Cold starts here share its "
        "cores; on Lambda they do not.",
        figures=tuple(each for found in rounds for each in _figures(found)),
        verdict=_verdict(rounds[-1], holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        charts=(
            LineChart(
                title="Median latency of n requests at once",
                across="requests at once",
                up="ms",
                lines={name: tuple(_points(rounds, name)) for name in (COLD, WARM, THREADS)},
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


def _round(workbench: Workbench, count: int, repetitions: int) -> Round:
    bursts: dict[str, list[Burst]] = {COLD: [], WARM: [], THREADS: []}
    cold_again = []
    for _ in range(repetitions):
        with workbench.lab(workbench.function("waiting.proxy", timeout_s=60.0)) as lab:
            bursts[COLD].append(burst(lab.url, count))
            bursts[WARM].append(burst(lab.url, count))
            cold_again.append(lab.timeline.totals.cold_starts - len(bursts[COLD][-1].containers))
            rows = timeline_rows(lab.timeline)
    with _server(workbench, count) as server:
        burst(server, 1)
        bursts[THREADS] = [burst(server, count) for _ in range(repetitions)]
    return Round(count=count, bursts=bursts, cold_again=cold_again, rows=rows)


def _latencies(found: Round, name: str) -> list[float]:
    return [latency for each in found.bursts[name] for latency in each.latencies]


def _figures(found: Round) -> Iterator[Figure]:
    case = f"{found.count} at once"
    for name in found.bursts:
        yield figure(case, f"latency, {name}", _latencies(found, name), unit="ms")
    yield figure(case, "containers started", [len(each.containers) for each in found.bursts[COLD]])
    yield figure(case, "cold starts, second time", found.cold_again)


def _points(rounds: Sequence[Round], name: str) -> Iterator[tuple[float, float]]:
    for each in rounds:
        yield each.count, figure("", "", _latencies(each, name)).spread.median


def _verdict(last: Round, *, holds: bool) -> str:
    cold, warm, threads = (next(_points([last], name))[1] for name in (COLD, WARM, THREADS))
    started = [len(each.containers) for each in last.bursts[COLD]]
    return (
        f"{'Yes' if holds else 'No'}: {last.count} requests at once started {in_words(started)} containers, in "
        f"each of {len(started)} tries; the median measured here was {cold:.0f} ms when all were cold, {warm:.0f} ms "
        f"when they were warm, and {threads:.0f} ms in one process with {last.count} threads."
    )
