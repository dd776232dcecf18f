"""Experiment: what the Lambda door costs on top of the WSGI app it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.stand import Stand
from measurement.packages import Packages, lambda_environment, packages
from measurement.processes import Worker, started
from measurement.results import Experiment, Figure, Limit, Spread
from measurement.stamps import ROOT

WAYS = ("direct", "ours", "plain")
LOOPS = {"1 KB answer": 200, "500 KB image": 20, "1 MB upload": 10}
LIMITS = {"1 KB answer": Limit(0.06), "500 KB image": Limit(1.0)}
METHOD = (
    "`wsgi.handler(event, context)` less the same app called as WSGI with the environ that the handler made of the "
    "event; CPU per call, warm, in turns in one process, Python {version}, our package. v1: REST API; v2: HTTP API and "
    "Function URL. The image is a result that the container remembers. Plain: apig-wsgi's own handler around our app."
)


def run(stand: Stand) -> Experiment:
    """Measure each case in both shapes of event."""
    made = packages()
    with _worker(made) as worker:
        cases = [(f"{door}, {kind}", kind) for door in ("v1", "v2") for kind in LOOPS]
        figures = tuple(each for case, kind in cases for each in _measure(worker, case, kind, quick=stand.quick))
    method = METHOD.format(version="{}.{}.{}".format(*made.python.version))
    return Experiment(title="Handler", method=method, figures=figures)


@contextmanager
def _worker(made: Packages) -> Iterator[Worker]:
    with TemporaryDirectory() as folder:
        variables = lambda_environment(f"{made.search_path('ours')}:{ROOT}", Path(folder))
        command = [str(made.python.path), "-P", "-S", "-m", "bench.handler_worker"]
        with started(command, Path(folder), variables) as each:
            yield each


def _measure(worker: Worker, case: str, kind: str, *, quick: bool) -> Iterator[Figure]:
    loops, rounds = (LOOPS[kind] // 10, 3) if quick else (LOOPS[kind], 41)
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(rounds + 1):
        for way in WAYS:
            milliseconds = 1000 * worker.ask("loop", f"{case}:{way}:{loops}")["cpu_s"] / loops
            if turn:
                taken[way].append(milliseconds)
    yield Figure(case=case, measure="direct WSGI call", unit="ms", spread=Spread.of(taken["direct"]))
    for way, label, limit in (("ours", "Monolambda", LIMITS.get(kind)), ("plain", "plain apig-wsgi", None)):
        over = [mine - direct for mine, direct in zip(taken[way], taken["direct"], strict=True)]
        yield Figure(case=case, measure=f"{label}, on top", unit="ms", spread=Spread.of(over), limit=limit)
