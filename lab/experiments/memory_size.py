"""What each memory setting costs and how long a request waits there, for a mix of resizes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import msgspec

from lab.costs import prices
from lab.experiments.support.app_functions import extended
from lab.experiments.support.findings import Finding, LineChart, figure
from lab.experiments.support.invocations import http_event
from lab.experiments.support.photos import photo
from lab.experiments.support.workbench import Workbench
from measurement.results import Figure, Spread

FULL_MB: Final = 1769
_TARGETS: Final = ("width=480", "width=1000&format=webp", "width=320&height=320&fit=cover", "width=640&format=png")


class TimedResize(msgspec.Struct, frozen=True):
    """One answered request: which of the mix, CPU, time in the handler and duration on the bill in ms, and stops."""

    number: int
    cpu_ms: float
    wall_ms: float
    duration_ms: float
    stops: float


class MemoryTrial(msgspec.Struct, frozen=True):
    """One memory setting: the requests it answered, and how many it did not."""

    memory_mb: int
    taken: Sequence[TimedResize]
    refused: int

    @property
    def share(self) -> float:
        """Return the share of one CPU that AWS gives; a resize runs on one thread and cannot use more than one."""
        return min(1.0, self.memory_mb / FULL_MB)


class MemoryPrice(msgspec.Struct, frozen=True):
    """What a setting makes of the mix: the duration of each request in ms, and the dollars for a million of them."""

    memory_mb: int
    durations: Sequence[float]
    dollars: float

    @property
    def latency_ms(self) -> float:
        """Return the median of the mix."""
        return Spread.of(self.durations).median


def run(workbench: Workbench) -> Finding:
    """Run the mix in a warm container of each setting, and price the CPU it takes."""
    settings = workbench.pick((256, FULL_MB), (128, 256, 512, 768, 1024, FULL_MB, 3008))
    images = _draw(workbench)
    tried = [_try(workbench, memory_mb, images) for memory_mb in workbench.steps("memory_size", settings)]
    priced = {each.memory_mb: _price(each, _work(tried)) for each in tried}
    whole = [priced[each.memory_mb] for each in tried if not each.refused]
    cheapest, fastest = min(whole, key=lambda each: each.dollars), min(whole, key=lambda each: each.latency_ms)
    holds = cheapest is whole[0] and cheapest.dollars < 0.95 * priced[FULL_MB].dollars
    return Finding(
        title="Memory size",
        claim="The smallest memory setting is the cheapest.",
        method=f"The same {len(_TARGETS)} resizes of {len(images)} JPEGs in one warm container of each setting, with "
        f"the memory limit in force and the CPU held to its share, memory / {FULL_MB} MB of one vCPU, by stopping and "
        "continuing the process (on Linux; elsewhere it runs unhindered). Computed figures divide the CPU of each "
        "resize, its median over all settings, by the share: other load on this machine changes the durations "
        "measured, not those. Above one vCPU a function has a second, which one resize cannot use. Dollars are "
        "computed, for a million requests of the mix on x86 with the price of the requests, in "
        f"{prices.AWS.region} as of {prices.AWS.read_on}.",
        figures=tuple(cell for each in tried for cell in _figures(each, priced[each.memory_mb])),
        verdict=_verdict(whole, cheapest, fastest, tried, holds=holds),
        holds=holds,
        charts=_charts(tried, whole),
    )


def _try(workbench: Workbench, memory_mb: int, images: Sequence[bytes]) -> MemoryTrial:
    events = [
        http_event("POST", f"/resize?{target}", image, Content_Type="image/jpeg")
        for image in images
        for target in _TARGETS
    ]
    function = extended(
        workbench, "cpu_share.handler", {"MONOLAMBDA_LOG_LEVEL": "error"}, memory_mb=memory_mb, timeout_s=120.0
    )
    with workbench.lab(function) as lab:
        # the first brings in what only resizing needs
        lab.invoke(events[0])
        numbers = [number for _ in range(workbench.pick(1, 3)) for number in range(len(events))]
        outcomes = [(number, lab.invoke(events[number])) for number in numbers]
    taken = [_taken(number, outcome.payload, outcome.report.duration_ms) for number, outcome in outcomes]
    answered = [each for each in taken if each]
    return MemoryTrial(memory_mb, answered, len(taken) - len(answered))


def _taken(number: int, payload: bytes, duration_ms: float) -> TimedResize | None:
    """Return what an answer told; None when it is no image."""
    answer = json.loads(payload)
    if answer.get("statusCode") != 200:
        return None
    cpu, wall, stops = (float(answer["multiValueHeaders"][name][0]) for name in ("X-Cpu-Ms", "X-Wall-Ms", "X-Stops"))
    return TimedResize(number, cpu, wall, duration_ms, stops)


def _draw(workbench: Workbench) -> list[bytes]:
    """Return JPEGs as phones and cameras make them."""
    sizes = workbench.pick([(1200, 900)], [(1200, 900), (2000, 1500), (4000, 3000)])
    return [photo(width, height) for width, height in sizes]


def _work(tried: Sequence[MemoryTrial]) -> list[float]:
    """Return the CPU in ms of each request of the mix, whatever the setting."""
    taken = [each for setting in tried for each in setting.taken]
    return [
        Spread.of(each.cpu_ms for each in taken if each.number == number).median
        for number in sorted({each.number for each in taken})
    ]


def _price(setting: MemoryTrial, work: Sequence[float]) -> MemoryPrice:
    durations = [cpu_ms / setting.share for cpu_ms in work]
    gb_s = sum(prices.gb_seconds(memory_mb=setting.memory_mb, billed_ms=ceil(each)) for each in durations)
    return MemoryPrice(setting.memory_mb, durations, prices.invocations(1_000_000, gb_s / len(durations) * 1_000_000))


def _figures(tried: MemoryTrial, priced: MemoryPrice) -> Iterator[Figure]:
    case = f"{tried.memory_mb} MB"
    yield figure(case, "not answered", [tried.refused])
    if tried.taken:
        yield figure(case, "CPU", [each.cpu_ms for each in tried.taken], unit="ms")
        yield figure(case, "CPU / time", [each.cpu_ms / each.wall_ms for each in tried.taken], unit="×")
        yield figure(case, "times stopped", [each.stops for each in tried.taken])
        yield figure(case, "duration", [each.duration_ms for each in tried.taken], unit="ms")
    if not tried.refused:
        yield figure(case, "duration, computed", priced.durations, unit="ms")
        yield figure(case, "a million requests", [priced.dollars], unit="$")


def _charts(tried: Sequence[MemoryTrial], whole: Sequence[MemoryPrice]) -> tuple[LineChart, LineChart]:
    measured = tuple(
        (float(each.memory_mb), Spread.of(one.duration_ms for one in each.taken).median)
        for each in tried
        if not each.refused
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
    tried: Sequence[MemoryTrial],
    *,
    holds: bool,
) -> str:
    lost = ", ".join(f"{each.memory_mb}" for each in tried if each.refused)
    within = [each.dollars for each in whole if each.memory_mb <= FULL_MB]
    return (
        f"{'Yes' if holds else 'No'}: up to one vCPU, {FULL_MB} MB, half the memory is half the CPU for twice the "
        f"time, and the price moves by {max(within) / min(within) - 1:.0%}: cheapest is {cheapest.memory_mb} MB at "
        f"{cheapest.dollars:.2f} $ a million with a median of {cheapest.latency_ms:.0f} ms, fastest "
        f"{fastest.memory_mb} MB at {fastest.dollars:.2f} $ with {fastest.latency_ms:.0f} ms"
        f"{f'; {lost} MB cannot do all of it' if lost else ''}."
    )
