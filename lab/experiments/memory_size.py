"""The price and the latency of each memory setting, for a mix of resizes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import msgspec

from lab.costs import prices
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.findings import Finding, LineChart, figure
from lab.experiments.support.images import photo
from lab.experiments.support.invocations import http_event
from lab.experiments.support.workbench import Workbench
from measurement.figures import Figure, Spread

FULL_MB: Final = 1769
_TARGETS: Final = ("width=480", "width=1000&format=webp", "width=320&height=320&fit=cover", "width=640&format=png")


class TimedResize(msgspec.Struct, frozen=True):
    """One answered request: its number in the mix, CPU, time in the handler and billed duration in ms, and stops."""

    number: int
    cpu_ms: float
    wall_ms: float
    duration_ms: float
    stops: float


class MemoryTrial(msgspec.Struct, frozen=True):
    """One memory setting: the requests it answered, and how many it failed to answer."""

    memory_mb: int
    resizes: Sequence[TimedResize]
    failed: int

    @property
    def share(self) -> float:
        """Return the share of one vCPU that AWS gives; a resize runs in one thread and cannot use a second one."""
        return min(1.0, self.memory_mb / FULL_MB)


class MemoryPrice(msgspec.Struct, frozen=True):
    """The mix at one setting: the duration of each request in ms, and the dollars for a million of them."""

    memory_mb: int
    durations: Sequence[float]
    dollars: float

    @property
    def latency_ms(self) -> float:
        """Return the median duration of the mix."""
        return Spread.of(self.durations).median


def run(workbench: Workbench) -> Finding:
    """Run the mix in a warm container of each setting, and compute the price of the CPU it takes."""
    settings = workbench.pick((256, FULL_MB), (128, 256, 512, 768, 1024, FULL_MB, 3008))
    sizes = workbench.pick([(1200, 900)], [(1200, 900), (2000, 1500), (4000, 3000)])
    images = [photo(width, height) for width, height in sizes]
    trials = [_try(workbench, memory_mb, images) for memory_mb in workbench.steps("memory_size", settings)]
    priced = {each.memory_mb: _price(each, _work(trials)) for each in trials}
    whole = [priced[each.memory_mb] for each in trials if not each.failed]
    cheapest, fastest = min(whole, key=lambda each: each.dollars), min(whole, key=lambda each: each.latency_ms)
    holds = cheapest is whole[0] and cheapest.dollars < 0.95 * priced[FULL_MB].dollars
    return Finding(
        title="Memory size",
        claim="The smallest memory setting is the cheapest.",
        method=f"The same {len(_TARGETS)} resizes of {len(images)} JPEGs in one warm container of each setting, with "
        f"the memory limit enforced and the CPU held to its share, memory / {FULL_MB} MB of one vCPU, by stopping and "
        "continuing the process (on Linux; elsewhere it runs unhindered). Computed figures divide the CPU of each "
        "resize, its median over all settings, by the share: other load on this machine affects the measured "
        "durations, not these. Above one vCPU a function has a second one, which a resize cannot use. Dollars are "
        "computed, for a million requests of the mix on x86 including the price of the requests, in "
        f"{prices.AWS.region} as of {prices.AWS.read_on}.",
        verdict=_verdict(whole, cheapest, fastest, trials, holds=holds),
        holds=holds,
        figures=tuple(cell for each in trials for cell in _figures(each, priced[each.memory_mb])),
        charts=_charts(trials, whole),
    )


def _try(workbench: Workbench, memory_mb: int, images: Sequence[bytes]) -> MemoryTrial:
    events = [
        http_event("POST", f"/resize?{target}", image, Content_Type="image/jpeg")
        for image in images
        for target in _TARGETS
    ]
    function = app_function(
        workbench, "cpu_share.handler", {"MONOLAMBDA_LOG_LEVEL": "error"}, memory_mb=memory_mb, timeout_s=120.0
    )
    with workbench.lab(function, cpu_share=True) as lab:
        # the first request imports what only resizing needs
        lab.invoke(events[0])
        numbers = [number for _ in range(workbench.pick(1, 3)) for number in range(len(events))]
        outcomes = [(number, lab.invoke(events[number])) for number in numbers]
    resizes = [_resize(number, outcome.payload, outcome.report.duration_ms) for number, outcome in outcomes]
    answered = [each for each in resizes if each]
    return MemoryTrial(memory_mb, answered, len(resizes) - len(answered))


def _resize(number: int, payload: bytes, duration_ms: float) -> TimedResize | None:
    """Return the times in a response's headers, or None when it is not an image."""
    response = json.loads(payload)
    if response.get("statusCode") != 200:
        return None
    cpu, wall, stops = (float(response["multiValueHeaders"][name][0]) for name in ("X-Cpu-Ms", "X-Wall-Ms", "X-Stops"))
    return TimedResize(number, cpu, wall, duration_ms, stops)


def _work(trials: Sequence[MemoryTrial]) -> list[float]:
    """Return the CPU of each request of the mix in ms, as the median over all settings."""
    resizes = [each for trial in trials for each in trial.resizes]
    return [
        Spread.of(each.cpu_ms for each in resizes if each.number == number).median
        for number in sorted({each.number for each in resizes})
    ]


def _price(trial: MemoryTrial, work: Sequence[float]) -> MemoryPrice:
    durations = [cpu_ms / trial.share for cpu_ms in work]
    gb_s = sum(prices.gb_seconds(memory_mb=trial.memory_mb, billed_ms=ceil(each)) for each in durations)
    return MemoryPrice(trial.memory_mb, durations, prices.invocations(1_000_000, gb_s / len(durations) * 1_000_000))


def _figures(trial: MemoryTrial, price: MemoryPrice) -> Iterator[Figure]:
    case = f"{trial.memory_mb} MB"
    yield figure(case, "not answered", [trial.failed])
    if trial.resizes:
        yield figure(case, "CPU", [each.cpu_ms for each in trial.resizes], unit="ms")
        yield figure(case, "CPU / time", [each.cpu_ms / each.wall_ms for each in trial.resizes], unit="×")
        yield figure(case, "times stopped", [each.stops for each in trial.resizes])
        yield figure(case, "duration", [each.duration_ms for each in trial.resizes], unit="ms")
    if not trial.failed:
        yield figure(case, "duration, computed", price.durations, unit="ms")
        yield figure(case, "a million requests", [price.dollars], unit="$")


def _charts(trials: Sequence[MemoryTrial], whole: Sequence[MemoryPrice]) -> tuple[LineChart, LineChart]:
    measured = tuple(
        (float(trial.memory_mb), Spread.of(each.duration_ms for each in trial.resizes).median)
        for trial in trials
        if not trial.failed
    )
    computed = tuple((float(each.memory_mb), each.latency_ms) for each in whole)
    dollars = tuple((float(each.memory_mb), each.dollars) for each in whole)
    return (
        LineChart(
            title="Median latency of the mix by memory",
            across="MB",
            up="ms",
            lines={"measured": measured, "computed": computed},
        ),
        LineChart(title="A million requests of the mix by memory", across="MB", up="$", lines={"price": dollars}),
    )


def _verdict(
    whole: Sequence[MemoryPrice],
    cheapest: MemoryPrice,
    fastest: MemoryPrice,
    trials: Sequence[MemoryTrial],
    *,
    holds: bool,
) -> str:
    failing = ", ".join(f"{each.memory_mb}" for each in trials if each.failed)
    within = [each.dollars for each in whole if each.memory_mb <= FULL_MB]
    return (
        f"{'Yes' if holds else 'No'}: up to one vCPU, {FULL_MB} MB, half the memory is half the CPU for twice the "
        f"time, and the price varies by {max(within) / min(within) - 1:.0%}: cheapest is {cheapest.memory_mb} MB at "
        f"{cheapest.dollars:.2f} $ a million with a median of {cheapest.latency_ms:.0f} ms, fastest "
        f"{fastest.memory_mb} MB at {fastest.dollars:.2f} $ with {fastest.latency_ms:.0f} ms"
        f"{f'; {failing} MB cannot do all of it' if failing else ''}."
    )
