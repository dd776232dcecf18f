"""Where a cold start spends its time, and what makes it longer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.support import import_times
from lab.experiments.support.findings import BarChart, Finding, figure
from lab.experiments.support.import_times import Imports
from lab.experiments.support.invocations import http_event
from lab.experiments.support.photos import photo
from lab.experiments.support.start_variants import (
    BARE_APP,
    EAGER,
    NAIVE_APP,
    SHIPPED,
    STALE,
    BuiltPackages,
    StartVariant,
    base,
    padded_name,
    starts,
)
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.processes import run_to_end
from measurement.results import Figure, Spread, ratios

# a package this much larger would be felt
_FELT: Final = 1.15


class StartMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """One start: CPU of its stages and of all until the answer, wall clock, in seconds; modules loaded, compiled."""

    interpreter: float
    load: float
    first: float
    cpu_s: float
    modules: int
    compiled: int
    wall_s: float = 0.0


Turns = Mapping[str, Sequence[StartMeasurement]]


def run(workbench: Workbench) -> Finding:
    """Start every way in turns, trace the imports of one, and start some in containers."""
    padding = workbench.pick((10,), (10, 50, 150))
    parts = base(workbench.directory, package=not workbench.quick)
    ways = starts(parts, workbench.directory, padding_mib=padding)
    event = workbench.directory / "event.json"
    event.write_bytes(http_event("POST", "/resize?w=480", photo(1000, 750), Content_Type="image/jpeg"))
    rounds = workbench.pick(2, 15)
    turns = [
        {name: _start(way, event) for name, way in ways.items()} for _ in workbench.steps("cold_start", range(rounds))
    ]
    taken = {name: [turn[name] for turn in turns] for name in ways}
    imports = _trace(ways[SHIPPED], event)
    init_ms = _in_containers(workbench)
    largest = _median(_ratios(taken, padded_name(padding[-1]), SHIPPED))
    holds = largest >= _FELT
    return Finding(
        title="Cold start",
        claim="A monolith starts slowly because its package is large.",
        method=_method(parts),
        figures=(
            *_figures(taken),
            *_import_figures(imports, taken),
            figure(SHIPPED, "Init Duration", init_ms, unit="ms"),
        ),
        verdict=_verdict(taken, padding[-1], largest, holds=holds),
        holds=holds,
        charts=_charts(taken, imports),
    )


def _method(parts: BuiltPackages) -> str:
    what = (
        "the packages as Lambda unpacks them, on the runtime's Python"
        if parts.is_package
        else "this tree with what is installed here, so that stale bytecode is that of our own modules alone"
    )
    return (
        f"A new interpreter loads `wsgi.handler`, answers `POST /resize?w=480` of a 1000×750 JPEG: {what}; in "
        "turns, files warm, ratios of CPU within each turn. Bare Flask resizes with Pillow and nothing else; naive is "
        "that with a boto3 client and requests at import; eager is `MONOLAMBDA_WARM_ON_INIT` with everything; larger "
        "is the package with files that nothing reads. Packages of imports are shares that `-X importtime` gives. Init "
        "Duration is a container of the lab, AWS's runtime client included. What Lambda adds before the interpreter, "
        "fetching and unpacking the package and starting a microVM, cannot be measured here; it is where size may cost."
    )


def _start(way: StartVariant, event: Path) -> StartMeasurement:
    result = event.with_name("turn.json")
    usage = run_to_end(_command(way, event, result), way.environment(event.with_name("storage")))
    turn = msgspec.json.decode(result.read_bytes(), type=StartMeasurement)
    return msgspec.structs.replace(turn, wall_s=usage.wall_s)


def _command(way: StartVariant, event: Path, result: Path, *flags: str) -> list[str]:
    # without -P the small functions would come first on the path, without -S what is installed on this machine
    return [str(way.python), "-P", "-S", *flags, str(FUNCTIONS / "staged.py"), str(event), str(result)]


def _trace(way: StartVariant, event: Path) -> Imports:
    command = _command(way, event, event.with_name("traced.json"), "-X", "importtime")
    environment = way.environment(event.with_name("storage"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return import_times.parse(done.stderr)


def _in_containers(workbench: Workbench) -> list[float]:
    """Return the Init Duration of new containers with this tree, one after the other."""
    found = []
    for _ in range(workbench.pick(1, 5)):
        with workbench.lab(workbench.app()) as lab:
            report = lab.invoke(http_event("GET", "/healthz")).report
            found.append(report.init_ms or 0.0)
    return found


def _ratios(taken: Turns, name: str, to: str) -> list[float]:
    return ratios([turn.cpu_s for turn in taken[name]], [turn.cpu_s for turn in taken[to]])


def _median(values: Sequence[float]) -> float:
    return Spread.of(values).median


def _stages(turns: Sequence[StartMeasurement]) -> dict[str, list[float]]:
    """Return the CPU of each stage in ms."""
    return {
        "interpreter": [1000 * turn.interpreter for turn in turns],
        "load": [1000 * turn.load for turn in turns],
        "first request": [1000 * turn.first for turn in turns],
    }


def _figures(taken: Turns) -> Iterator[Figure]:
    for name, turns in taken.items():
        yield figure(name, "CPU", [1000 * turn.cpu_s for turn in turns], unit="ms")
        yield figure(name, "wall clock", [1000 * turn.wall_s for turn in turns], unit="ms")
        yield figure(name, f"CPU / {BARE_APP}", _ratios(taken, name, BARE_APP), unit="×")
        for stage, milliseconds in _stages(turns).items():
            yield figure(name, f"of it {stage}", milliseconds, unit="ms")
        yield figure(name, "modules loaded", [turn.modules for turn in turns])
        yield figure(name, "modules compiled", [turn.compiled for turn in turns])


def _shares(imports: Imports, taken: Turns) -> tuple[dict[str, dict[str, float]], float]:
    """Return CPU ms by package and stage, and of building the app, scaled from traced time to untraced CPU."""
    stages = _stages(taken[SHIPPED])
    traced = sum(imports.load.values()) + imports.build_ms
    scale = _median(stages["load"]) / traced if traced else 0.0
    names = sorted({*imports.load, *imports.first}, key=lambda name: -imports.load.get(name, 0.0))
    found = {
        name: {"load": scale * imports.load.get(name, 0.0), "first request": scale * imports.first.get(name, 0.0)}
        for name in names
    }
    return {name: parts for name, parts in found.items() if sum(parts.values()) >= 0.5}, scale * imports.build_ms


def _import_figures(imports: Imports, taken: Turns) -> Iterator[Figure]:
    packages, build_ms = _shares(imports, taken)
    for name, parts in packages.items():
        for stage, milliseconds in parts.items():
            yield figure(f"import {name}", stage, [milliseconds], unit="ms")
    yield figure(SHIPPED, "of load, building the app", [build_ms], unit="ms")


def _charts(taken: Turns, imports: Imports) -> tuple[BarChart, BarChart]:
    packages, build_ms = _shares(imports, taken)
    cases = {name: {stage: _median(times) for stage, times in _stages(turns).items()} for name, turns in taken.items()}
    return (
        BarChart(title="CPU of a cold start by stage", across="ms of CPU", cases=cases),
        BarChart(
            title="What loading imports, as shipped",
            across="ms of CPU",
            cases={**packages, "building the app": {"load": build_ms, "first request": 0.0}},
        ),
    )


def _verdict(taken: Turns, size: int, largest: float, *, holds: bool) -> str:
    ratio = {name: _median(_ratios(taken, name, BARE_APP)) for name in taken}
    return (
        f"{'Yes' if holds else 'No'}: {size} MB more of package take {largest:.2f} times the CPU here; what is "
        f"imported decides: against bare Flask the app as shipped takes {ratio[SHIPPED]:.2f}, with everything eager "
        f"{ratio[EAGER]:.2f}, with stale bytecode {ratio[STALE]:.2f}, and the naive app {ratio[NAIVE_APP]:.2f}."
    )
