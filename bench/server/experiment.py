"""Experiment: CPU and throughput of the whole server, beside servers around other libraries."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.server.running import Server, running
from bench.server.subjects import PROCESSES, SOURCES, subjects
from bench.sources.formats import draw_formats
from measurement.figures import Figure, Spread, Target, ratios

CONNECTIONS: Final = 4
# those that are sent the file, and so do the same work for a request
UPLOADED: Final = ("ours", "gunicorn", "sharp")
COUNTS: Final = {"2 MP JPEG": 40, "12 MP JPEG": 15}
CPU_TARGETS: Final = {"sharp": Target(0.95), "gunicorn": Target(1.02)}
RATE_TARGETS: Final = {"sharp": Target(0.97, "at least")}
METHOD: Final = (
    "A JPEG is uploaded and comes back 480 wide, progressive, quality 80, over kept connections on loopback. "
    "Monolambda: `make serve`. node + sharp: a cluster of {processes} processes, concurrency 1, no cache. gunicorn: "
    "our app as `make serve` ran it before, in one process, on requests that are not complete. thumbor, {processes} "
    "processes, and nginx image_filter read the file themselves. CPU: of all processes of the server, per request, one "
    "at a time. Requests per second: wrk with {connections} connections, which takes its part of the same cores. "
    "Servers take turns; ratios within each turn."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every server on both sources."""
    sources = {"2 MP JPEG": draw_formats(SOURCES)["2mp"], "12 MP JPEG": config.sources.baseline}
    with ExitStack() as stack:
        servers = {key: stack.enter_context(running(each)) for key, each in subjects(config).items()}
        figures = tuple(
            figure for case, source in sources.items() for figure in _measure(case, source, servers, config)
        )
    method = METHOD.format(processes=PROCESSES, connections=CONNECTIONS)
    return ExperimentResult(title="Server", method=method, figures=figures)


def _measure(case: str, source: Path, servers: Mapping[str, Server], config: RunConfig) -> Iterator[Figure]:
    rounds, count = (1, 3) if config.quick else (15, COUNTS[case])
    requests = {key: server.subject.request(source) for key, server in servers.items()}
    for key, server in servers.items():  # every process loads its codecs and fills its allocators
        for _ in range(1 if config.quick else 4):
            server.cpu_per_request(requests[key], 5)
    cpu: dict[str, list[float]] = {key: [] for key in servers}
    for _ in range(rounds):
        for key, server in servers.items():
            cpu[key].append(1000 * server.cpu_per_request(requests[key], count))
    yield from _compare(case, "CPU", "ms", cpu, servers, CPU_TARGETS)
    if wrk := shutil.which("wrk"):
        rate: dict[str, list[float]] = {key: [] for key in UPLOADED}
        rounds, seconds = (1, 1) if config.quick else (7, 4)
        for _ in range(rounds):
            for key in UPLOADED:
                rate[key].append(servers[key].rate(wrk, requests[key], seconds=seconds, connections=CONNECTIONS))
        yield from _compare(case, "requests/s", "/s", rate, servers, RATE_TARGETS)


def _compare(
    case: str,
    measure: str,
    unit: str,
    found: Mapping[str, list[float]],
    servers: Mapping[str, Server],
    targets: Mapping[str, Target],
) -> Iterator[Figure]:
    """Yield what was found for each server, and ours over each of the others."""
    for key, values in found.items():
        label = f"{measure}, {servers[key].subject.label}"
        yield Figure(case=case, measure=label, unit=unit, spread=Spread.of(values, digits=2))
    for key in [each for each in found if each != "ours"]:
        spread = Spread.of(ratios(found["ours"], found[key]), digits=3)
        label = f"{measure}, Monolambda / {servers[key].subject.label}"
        yield Figure(case=case, measure=label, unit="×", spread=spread, target=targets.get(key))
