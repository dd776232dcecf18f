"""Experiment: the cost of a request when its result is in memory, in storage, or with the client already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.repeats.wsgi_client import app_client
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target, ratios

TARGET = Target(0.05)
LOOPS = 20
METHOD = (
    "The app called as WSGI in one process, with the image stored before: `GET /resize?id=…&w=…` with a new width "
    "(first), the same again (from memory), from an app without a cache over the same directory (from storage), and "
    "with the ETag of the response (304). CPU per request, ratios within each round."
)


def run(config: RunConfig) -> ExperimentResult:
    """Request many widths, each for the first time and then again in three ways."""
    sources = {"12 MP JPEG": config.sources.baseline, "1000×750 JPEG": config.sources.small}
    rounds = 3 if config.quick else 15
    figures = tuple(figure for case, path in sources.items() for figure in _measure(case, path, rounds))
    return ExperimentResult(title="Repeats", method=METHOD, figures=figures)


def _measure(case: str, source: Path, rounds: int) -> Iterator[Figure]:
    all_rounds = list(_rounds(source, rounds))
    cpu_ms = {name: [each[name] for each in all_rounds] for name in all_rounds[0]}
    for name, values in cpu_ms.items():
        yield Figure(case=case, measure=name, unit="ms", spread=Spread.of(values, digits=3))
    for name in list(cpu_ms)[1:]:
        spread = Spread.of(ratios(cpu_ms[name], cpu_ms["first"]), digits=4)
        yield Figure(case=case, measure=f"{name} / first", unit="×", spread=spread, target=TARGET)


def _rounds(source: Path, rounds: int) -> Iterator[dict[str, float]]:
    """Yield the CPU milliseconds of each kind of request, by its name."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        caching, uncached = (stack.enter_context(app_client(folder, cache_bytes=size)) for size in (2**25, 0))
        body = caching.timed(method="POST", path="/upload", body=source.read_bytes(), status="201")[1]
        image = json.loads(body)["images"][0]["id"]
        for number in range(rounds + 1):
            query = f"id={image}&w={480 + number}"
            first, etag = caching.timed(query=query, cache="miss")
            cpu_ms = {
                "first": first,
                "from memory": caching.timed(query=query, times=LOOPS, cache="memory")[0],
                "from storage": uncached.timed(query=query, times=LOOPS, cache="storage")[0],
                "304": caching.timed(query=query, times=LOOPS, etag=etag, status="304")[0],
            }
            if number:  # the first round loads codecs
                yield cpu_ms
