"""Experiment: mixed work on ``make serve`` and on the lab: errors, latency, CPU, and whether anything grows."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from statistics import linear_regression
from typing import Final

import msgspec
from PIL import Image

from bench.load.clients import CLIENTS, AnsweredCall, send_all
from bench.load.mix import MIX, Material, calls
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.server.running import running
from bench.server.subjects import ImageRequest, Subject, subjects
from measurement.figures import Figure, Spread, Target, p99
from measurement.process_tree import TreeUse, total
from measurement.stamps import ROOT

SEED: Final = 960
# one batch is followed by a look at what the processes hold while nothing is asked of them
BATCH: Final = 1000
IMAGES: Final = 20
# batches that fill pools, caches, the history of the lab (three changes for a request) and the heaps of the allocator,
# which in the lab are flat from the twelfth thousand on
WARM: Final = 12
# so that the caches are full before anything is counted
SETTINGS: Final = {"MONOLAMBDA_CACHE_BYTES": "2000000"}
METHOD: Final = (
    "{clients} clients send {mix} (%), drawn from a seed, over kept connections, for at least {seconds} s and {least} "
    "requests after the first {warm}, which fill pools, caches, heaps and the history that the lab keeps. The images "
    "have 640×480 pixels, and a process keeps 2 MB of results. Errors are answers with another status than expected, "
    "or none. Memory is that of all processes, between batches of {batch}. What it grew from the first batch of the "
    "{warm} to the last is a figure of its own. The other growths are of the processes that live all the time, because "
    "the lab starts a container when all are busy; that of memory is the slope of a least squares line, and those of "
    "files and threads are twice the smaller growth of the two halves, because a pool that fills grows once and a leak "
    "goes on. The experiment Server has the CPU of other servers."
)


class Batch(msgspec.Struct, frozen=True):
    """The outcomes of some requests, and what each process had used after them."""

    outcomes: list[AnsweredCall]
    uses: Mapping[int, TreeUse]


class Load(msgspec.Struct, frozen=True):
    """The batches that fill what has a limit, and those that are measured, to be compared with the last of them."""

    warm: Sequence[Batch]
    measured: Sequence[Batch]


def run(config: RunConfig) -> ExperimentResult:
    """Load the server, and the lab where it is installed."""
    seconds, warm, least, size = (0, 4, 400, 100) if config.quick else (60, WARM, 10_000, BATCH)
    found = {"make serve": (subjects(config)["ours"], ""), "lab": (lab(), "/dev")}
    figures = [
        each
        for case, (subject, prefix) in found.items()
        if subject is not None
        for each in figures_of(
            case, load(subject, prefix, config, seconds=seconds, warm=warm, least=least, size=size), size
        )
    ]
    mix = ", ".join(f"{name} {share}" for name, (share, _) in MIX.items())
    method = METHOD.format(clients=CLIENTS, mix=mix, seconds=seconds, least=least, warm=warm * size, batch=size)
    return ExperimentResult(title="Load", method=method, figures=tuple(figures))


def lab(python: Path = ROOT / ".venv/bin/python") -> Subject | None:
    """Return the lab, which runs in the environment of ``make setup``; None, with a line that says so, without it."""
    if not list(python.parent.parent.glob("lib/*/site-packages/awslambdaric")):
        print("the lab is left out: it needs `make setup`", file=sys.stderr)
        return None
    return Subject(
        label="lab",
        command=lambda port, folder: [str(python), "-m", "lab", "serve", "--port", str(port)],
        request=lambda source: ImageRequest(""),
        ready="/dev/healthz",
    )


def load(subject: Subject, prefix: str, config: RunConfig, *, seconds: float, warm: int, least: int, size: int) -> Load:
    """Return ``warm`` batches of ``size`` requests, and then ``least`` requests or more, for ``seconds`` or longer."""
    draw = random.Random(SEED)  # noqa: S311 - a mix that can be repeated, not a secret
    with running(msgspec.structs.replace(subject, environment=SETTINGS)) as server:
        material = _material(config.sources.baseline, server.port, prefix)

        def batch() -> Batch:
            outcomes = send_all(server.port, prefix, calls(draw, material, size))
            return Batch(outcomes, server.process_uses())

        before, measured = [batch() for _ in range(warm)], list[Batch]()
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(measured) * size < least:
            measured.append(batch())
    return Load(before, measured)


def _material(photograph: Path, port: int, prefix: str) -> Material:
    """Store the images that requests are about."""
    with Image.open(photograph) as image:
        out = BytesIO()
        image.resize((640, 480)).save(out, "JPEG", quality=85)
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        ids = [_stored(connection, prefix, out.getvalue() + bytes([number])) for number in range(IMAGES)]
    return Material(out.getvalue(), ids)


def _stored(connection: HTTPConnection, prefix: str, image: bytes) -> str:
    connection.request("POST", f"{prefix}/upload", image)
    stored: str = msgspec.json.decode(connection.getresponse().read())["images"][0]["id"]
    return stored


def figures_of(case: str, load: Load, size: int) -> Iterator[Figure]:
    """Yield the figures of one server."""
    outcomes = [outcome for batch in load.measured for outcome in batch.outcomes]
    wrong = [outcome.error for outcome in outcomes if outcome.error]
    print("\n".join(wrong[:10]), end="\n" if wrong else "", file=sys.stderr)
    ms = sorted(outcome.ms for outcome in outcomes)
    count, before, after = len(load.measured) * size, load.warm[-1].uses, load.measured[-1].uses
    yield _single(case, "requests", "", count)
    yield _single(case, "errors", "", len(wrong), Target(0))
    yield _single(case, "latency, p50", "ms", ms[len(ms) // 2])
    yield _single(case, "latency, p99", "ms", p99(ms))
    cpu_s = total(after.values()).cpu_s - total(before.values()).cpu_s
    yield _single(case, "CPU per request", "ms", 1000 * cpu_s / count)
    yield _single(case, "memory", "MB", total(after.values()).resident / 1e6)
    yield _single(case, "processes started", "", len(after.keys() - before.keys()))
    yield from _growth(case, load, size)


def _growth(case: str, load: Load, size: int) -> Iterator[Figure]:
    """Yield how much the processes grow that live all the time: one that starts is no leak."""
    batches = [load.warm[-1], *load.measured]
    lasting = set.intersection(*(set(batch.uses) for batch in batches))
    uses = [total(batch.uses[pid] for pid in lasting) for batch in batches]
    filled = total(load.warm[-1].uses.values()).resident - total(load.warm[0].uses.values()).resident
    yield _single(case, "memory, growth before the count", "MB", filled / 1e6)
    thousands = [number * size / 1000 for number in range(len(uses))]
    slope = linear_regression(thousands, [use.resident / 1e6 for use in uses]).slope
    yield _single(case, "memory, growth per 1,000 requests", "MB", slope, Target(1.0))
    per_10_000 = 10 / thousands[-1]
    for name, held in (("open files", [use.files for use in uses]), ("threads", [use.threads for use in uses])):
        yield _single(case, f"{name}, growth per 10,000 requests", "", steady_growth(held) * per_10_000, Target(5))


def steady_growth(held: Sequence[int]) -> int:
    """Return how much was gained in both halves alike: a pool that takes another thread gains once, a leak goes on."""
    middle = len(held) // 2
    return 2 * min(held[middle] - held[0], held[-1] - held[middle])


def _single(case: str, measure: str, unit: str, value: float, target: Target | None = None) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value], digits=2), target=target)
