"""The CPU of a cold start by stage, and the factors that make it longer."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.cold_start import import_times
from lab.experiments.cold_start.import_times import Imports
from lab.experiments.cold_start.start_variants import (
    BARE_APP,
    EAGER,
    NAIVE_APP,
    NOT_POSTPONED,
    SHIPPED,
    STALE,
    ZAPPA,
    StartVariant,
    built_packages,
    padded_name,
    start_variants,
    this_tree,
)
from lab.experiments.support.findings import MEASURED, BarChart, Finding, figure
from lab.experiments.support.images import photo
from lab.experiments.support.invocations import http_event
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.figures import Figure, Spread, ratios, rounded_median
from measurement.processes import run_to_end

# from this ratio of CPU to that of bare Flask on, a start counts as slower
_SLOWER: Final = 1.15
_TREE: Final = "this tree, in a container"


class StartMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """One start: the CPU of its stages and in all, and the wall clock, in seconds; modules loaded and compiled."""

    interpreter: float
    load: float
    first: float
    cpu_s: float
    modules: int
    compiled: int
    wall_s: float = 0.0


Starts = Mapping[str, Sequence[StartMeasurement]]


def run(workbench: Workbench) -> Finding:
    """Start every variant in turns, trace the imports of one, and start it in containers."""
    size = workbench.pick(10, 150)
    built = workbench.pick(this_tree, built_packages)(workbench.directory)
    variants = start_variants(built, workbench.directory, padding_mib=(size,))
    event = workbench.directory / "event.json"
    event.write_bytes(http_event("POST", "/resize?w=480", photo(1000, 750), Content_Type="image/jpeg"))
    rounds = workbench.pick(2, 15)
    turns = [
        {name: _start(variant, event) for name, variant in variants.items()}
        for _ in workbench.steps("cold_start", range(rounds))
    ]
    starts = {name: [turn[name] for turn in turns] for name in variants}
    imports = _trace(variants[SHIPPED], event)
    init_ms = _in_containers(workbench)
    return judge(starts, imports, init_ms, size_mib=size, is_package=built.is_package)


def judge(starts: Starts, imports: Imports, init_ms: Sequence[float], *, size_mib: int, is_package: bool) -> Finding:
    """Return what follows from the starts of every variant, one of them larger by ``size_mib``."""
    holds = rounded_median(_ratios(starts, SHIPPED, BARE_APP)) >= _SLOWER
    return Finding(
        title="Cold start",
        claim="A monolith starts slowly because of all that it imports.",
        method=_method(is_package=is_package),
        verdict=_verdict(starts, size_mib, holds=holds),
        holds=holds,
        basis=MEASURED,
        figures=(
            *_figures(starts),
            *_import_figures(imports, starts),
            figure(_TREE, "Init Duration", init_ms, unit="ms"),
        ),
        charts=_charts(starts, imports),
    )


def _method(*, is_package: bool) -> str:
    what = (
        "the packages as Lambda unpacks them, on the runtime's Python"
        if is_package
        else "this tree with what is installed here, so that only our own modules have stale bytecode"
    )
    return (
        f"A new interpreter loads `wsgi.handler` and responds to `POST /resize?w=480` of a 1000×750 JPEG: {what}; in "
        "turns, with files in the page cache, and ratios of CPU within each turn. Bare Flask resizes with Pillow and "
        "nothing else; naive is that with a boto3 client and requests at import; Zappa's handler is the bare app in a "
        "package made by `zappa package`, which has Zappa and boto3 in it. Nothing postponed is the app as shipped, "
        "but what Flask and Pillow import for other uses is imported at once; eager is "
        "`MONOLAMBDA_WARM_ON_INIT` with everything; larger is the package with files that nothing reads. The CPU of "
        "imported packages is divided as `-X importtime` reports it. Init Duration is that of a container of the lab "
        "which runs this tree with what is installed here, AWS's runtime client included; `one_or_many` has that of "
        "the package. What Lambda does before the interpreter starts, fetching and unpacking the "
        "package and starting a microVM, cannot be measured here; that is where size may cost. So the larger package "
        "shows only that files which nothing reads cost no CPU."
    )


def _start(variant: StartVariant, event: Path) -> StartMeasurement:
    result = event.with_name("start.json")
    usage = run_to_end(_command(variant, event, result), variant.environment(event.with_name("storage")))
    start = msgspec.json.decode(result.read_bytes(), type=StartMeasurement)
    return msgspec.structs.replace(start, wall_s=usage.wall_s)


def _command(variant: StartVariant, event: Path, result: Path, *flags: str) -> list[str]:
    # without -P the small functions would come first on the search path, without -S this machine's packages
    return [str(variant.python), "-P", "-S", *flags, str(FUNCTIONS / "staged.py"), str(event), str(result)]


def _trace(variant: StartVariant, event: Path) -> Imports:
    command = _command(variant, event, event.with_name("traced.json"), "-X", "importtime")
    environment = variant.environment(event.with_name("storage"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return import_times.parse(done.stderr)


def _in_containers(workbench: Workbench) -> list[float]:
    """Return the Init Duration of new containers of this tree, one after the other, in ms."""
    found = []
    for _ in range(workbench.pick(1, 5)):
        with workbench.lab(workbench.app()) as lab:
            report = lab.invoke(http_event("GET", "/healthz")).report
            found.append(report.init_ms or 0.0)
    return found


def _ratios(starts: Starts, name: str, to: str) -> list[float]:
    return ratios([start.cpu_s for start in starts[name]], [start.cpu_s for start in starts[to]])


def _stages(starts: Sequence[StartMeasurement]) -> dict[str, list[float]]:
    """Return the CPU of each stage in ms."""
    return {
        "interpreter": [1000 * start.interpreter for start in starts],
        "load": [1000 * start.load for start in starts],
        "first request": [1000 * start.first for start in starts],
    }


def _figures(all_starts: Starts) -> Iterator[Figure]:
    for name, starts in all_starts.items():
        yield figure(name, "CPU", [1000 * start.cpu_s for start in starts], unit="ms")
        yield figure(name, "wall clock", [1000 * start.wall_s for start in starts], unit="ms")
        yield figure(name, f"CPU / {BARE_APP}", _ratios(all_starts, name, BARE_APP), unit="×")
        for stage, milliseconds in _stages(starts).items():
            yield figure(name, f"of it {stage}", milliseconds, unit="ms")
        yield figure(name, "modules loaded", [start.modules for start in starts])
        yield figure(name, "modules compiled", [start.compiled for start in starts])


def _shares(imports: Imports, starts: Starts) -> tuple[dict[str, dict[str, float]], float]:
    """Return the CPU in ms by package and stage, and of building the app: traced times scaled to untraced CPU."""
    stages = _stages(starts[SHIPPED])
    traced = sum(imports.load.values()) + imports.build_ms
    scale = rounded_median(stages["load"]) / traced if traced else 0.0
    names = sorted({*imports.load, *imports.first}, key=lambda name: -imports.load.get(name, 0.0))
    found = {
        name: {"load": scale * imports.load.get(name, 0.0), "first request": scale * imports.first.get(name, 0.0)}
        for name in names
    }
    return {name: parts for name, parts in found.items() if sum(parts.values()) >= 0.5}, scale * imports.build_ms


def _import_figures(imports: Imports, starts: Starts) -> Iterator[Figure]:
    packages, build_ms = _shares(imports, starts)
    for name, parts in packages.items():
        for stage, milliseconds in parts.items():
            yield figure(f"import {name}", stage, [milliseconds], unit="ms")
    yield figure(SHIPPED, "of load, building the app", [build_ms], unit="ms")


def _charts(all_starts: Starts, imports: Imports) -> tuple[BarChart, BarChart]:
    packages, build_ms = _shares(imports, all_starts)
    cases = {
        name: {stage: rounded_median(times) for stage, times in _stages(starts).items()}
        for name, starts in all_starts.items()
    }
    return (
        BarChart(title="CPU of a cold start by stage", across="ms of CPU", cases=cases),
        BarChart(
            title="What loading imports, as shipped",
            across="ms of CPU",
            cases={**packages, "building the app": {"load": build_ms, "first request": 0.0}},
        ),
    )


def _verdict(starts: Starts, size_mib: int, *, holds: bool) -> str:
    ratio = {name: rounded_median(_ratios(starts, name, BARE_APP)) for name in starts}
    shipped = Spread.of(_ratios(starts, SHIPPED, BARE_APP))
    larger = rounded_median(_ratios(starts, padded_name(size_mib), SHIPPED))
    counts = min(ratio[EAGER], ratio[NAIVE_APP]) >= _SLOWER * shipped.median
    why = "it is what is imported that counts" if counts else "what is imported does not always count"
    return (
        f"{'Yes' if holds else 'No'}: compared with bare Flask, the app as shipped takes {shipped.median:.2f} times "
        f"the CPU ({shipped.least:.2f} to {shipped.most:.2f}); {why}: with nothing "
        f"postponed {ratio[NOT_POSTPONED]:.2f}, with everything eager {ratio[EAGER]:.2f}, with stale bytecode "
        f"{ratio[STALE]:.2f}, the naive app {ratio[NAIVE_APP]:.2f}, and Zappa's own handler {ratio[ZAPPA]:.2f} "
        f"(n = {shipped.n}); whether a large package starts slowly cannot be decided on this machine: nothing is "
        f"fetched here, and {size_mib} MB that nothing reads cost {larger:.2f} times the CPU."
    )
