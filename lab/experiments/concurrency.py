"""What n requests at the same moment cost as containers, and as threads of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from bench.results import Figure
from lab.experiments.desk import Desk
from lab.findings import Finding, Lines, figure
from lab.load import Sample, at_once
from lab.stand import Lab

WAIT_S = 0.2
_PROCESS = "one threaded process"


def run(desk: Desk) -> Finding:
    """Send n requests at once to a fresh fleet, to the warm one, and to one process of n threads."""
    counts = desk.pick((1, 4, 8), (1, 2, 5, 10, 20, 50, 100))
    figures: list[Figure] = []
    lines: dict[str, list[tuple[float, float]]] = {"cold containers": [], "warm containers": [], _PROCESS: []}
    started = []
    for count in desk.steps("concurrency", counts):
        with desk.lab(desk.function("waiting.handler", timeout_s=60.0)) as lab:
            cold, warm = _fire(lab, count), _fire(lab, count)
        threads = _in_one_process(count)
        started.append(len({sample.container for sample in cold}))
        for name, latencies in zip(lines, (_latencies(cold), _latencies(warm), threads), strict=True):
            figures.append(figure(f"{count}", f"latency, {name}", latencies, unit="ms"))
            lines[name].append((count, figures[-1].spread.median))
        figures.append(figure(f"{count}", "containers started", [started[-1]]))
        figures.append(figure(f"{count}", "cold starts, second time", [sum(sample.cold for sample in warm)]))
    holds = started == list(counts)
    return Finding(
        title="Concurrency",
        claim="n requests at the same moment start n containers; a server takes them all in one process.",
        method=f"Each request waits {1000 * WAIT_S:.0f} ms, as for a database. All n are sent at once to a fleet "
        "without containers, again to the same fleet, and to one process with n threads. Cold starts here queue for "
        "this machine's cores, Lambda's do not.",
        figures=tuple(figures),
        verdict=_verdict(counts[-1], started[-1], lines, holds=holds),
        holds=holds,
        charts=(
            Lines(
                title="Median latency of n requests at once",
                across="requests at once",
                up="ms",
                lines={name: tuple(points) for name, points in lines.items()},
            ),
        ),
    )


def _fire(lab: Lab, count: int) -> list[Sample]:
    event = msgspec.json.encode({"wait_s": WAIT_S})
    return at_once(count, lambda number: lab.invoke(event))


def _in_one_process(count: int) -> list[float]:
    """Return the latency in ms of each of ``count`` waits that one process overlaps."""
    gate = threading.Barrier(count)

    def wait(_: int) -> float:
        gate.wait()
        began = time.perf_counter()
        time.sleep(WAIT_S)
        return 1000 * (time.perf_counter() - began)

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(wait, range(count)))


def _latencies(samples: Iterable[Sample]) -> list[float]:
    return [sample.latency_ms for sample in samples]


def _verdict(count: int, started: int, lines: dict[str, list[tuple[float, float]]], *, holds: bool) -> str:
    cold, warm, threads = (points[-1][1] for points in lines.values())
    return (
        f"{'Yes' if holds else 'No'}: {count} requests at once started {started} containers and took {cold:.0f} ms at "
        f"the median when all were cold, {warm:.0f} ms once they were warm, {threads:.0f} ms in one threaded process."
    )
