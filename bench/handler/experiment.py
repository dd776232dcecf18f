"""Experiment: the cost of ``wsgi.handler`` on top of the WSGI app it calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target
from measurement.packages import Packages, build_packages, lambda_environment
from measurement.processes import Worker, worker_process
from measurement.stamps import ROOT

CALLS = ("direct", "ours", "plain")
LOOPS = {"1 KB answer": 200, "500 KB image": 20, "1 MB upload": 10}
TARGETS = {"1 KB answer": Target(0.02), "500 KB image": Target(0.4)}
METHOD = (
    "`wsgi.handler(event, context)` minus the same app called as WSGI with the environ that the handler made from the "
    "event: CPU per call, warm, taking turns in one process, Python {version}, our package. v1: REST API; v2: HTTP "
    "API and Function URL. The image is a result in the container's memory. Plain: apig-wsgi's own handler around our "
    "app."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure each kind of request in both payload formats."""
    packages = build_packages()
    with _worker(packages) as worker:
        cases = [(f"{version}, {kind}", kind) for version in ("v1", "v2") for kind in LOOPS]
        figures = tuple(each for case, kind in cases for each in _measure(worker, case, kind, quick=config.quick))
    method = METHOD.format(version="{}.{}.{}".format(*packages.python.version))
    return ExperimentResult(title="Handler", method=method, figures=figures)


@contextmanager
def _worker(packages: Packages) -> Iterator[Worker]:
    with TemporaryDirectory() as folder:
        environment = lambda_environment(f"{packages.search_path('ours')}:{ROOT}", Path(folder))
        command = [str(packages.python.path), "-P", "-S", "-m", "bench.handler.worker"]
        with worker_process(command, Path(folder), environment) as worker:
            yield worker


def _measure(worker: Worker, case: str, kind: str, *, quick: bool) -> Iterator[Figure]:
    count, rounds = (LOOPS[kind] // 10, 3) if quick else (LOOPS[kind], 41)
    ms: dict[str, list[float]] = {call: [] for call in CALLS}
    for number in range(rounds + 1):
        for call in CALLS:
            per_call = 1000 * worker.ask("loop", f"{case}:{call}:{count}")["cpu_s"] / count
            if number:  # the first round warms up
                ms[call].append(per_call)
    yield Figure(case=case, measure="direct WSGI call", unit="ms", spread=Spread.of(ms["direct"]))
    for call, label, target in (("ours", "Monolambda", TARGETS.get(kind)), ("plain", "plain apig-wsgi", None)):
        extra = [total - direct for total, direct in zip(ms[call], ms["direct"], strict=True)]
        yield Figure(case=case, measure=f"{label}, on top", unit="ms", spread=Spread.of(extra), target=target)
