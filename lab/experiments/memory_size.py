"""The price and the latency of each memory setting, for a mix of resizes: as billed here, and by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lab.costs import prices
from lab.experiments.support.findings import MEASURED, Finding, LineChart, figure
from lab.experiments.support.images import photo
from lab.experiments.support.memory_trials import COLD_SHARE, MemoryTrial, try_setting
from lab.experiments.support.workbench import Workbench
from lab.traits import VCPU_MB
from measurement.figures import Figure, Spread, rivals

# the share of a CPU that an unhindered container must get, or its billed times say more about other work
_QUIET: Final = 0.9


def run(workbench: Workbench) -> Finding:
    """Run the mix in new containers of each setting."""
    settings = workbench.pick((256, VCPU_MB), (128, 256, 512, 768, 1024, VCPU_MB, 3008))
    sizes = workbench.pick([(1200, 900)], [(1200, 900), (2000, 1500), (4000, 3000)])
    images = [photo(width, height) for width, height in sizes]
    return judge([try_setting(workbench, memory_mb, images) for memory_mb in workbench.steps("memory_size", settings)])


def judge(trials: Sequence[MemoryTrial]) -> Finding:
    """Return what follows from the trials: prices from billed times, and beside them what arithmetic says."""
    work = _work(trials)
    whole = [each for each in trials if not each.failed]
    measured = {each.memory_mb: Spread.of(each.dollars) for each in whole}
    busy = _busy(trials)
    holds = None if busy else _smallest_is_cheapest(list(measured.values()))
    lives = len(whole[0].lives)
    return Finding(
        title="Memory size",
        claim="The smallest memory setting is the cheapest.",
        method=f"The same {len(work)} resizes in {lives} new containers of each setting, one after the other, with the "
        f"memory limit enforced and the CPU held to its share, memory / {VCPU_MB} MB of one vCPU, by stopping and "
        "continuing the process (on Linux; elsewhere it runs unhindered). That is this lab's throttle, which costs a "
        "little itself; AWS's is another. INIT runs unhindered. A price is that of the billed times of one container, "
        f"for a million requests of which {COLD_SHARE:.0%} are cold with INIT, on x86 with the price of the requests, "
        f"in {prices.AWS.region} as of {prices.AWS.read_on}. Computed figures are arithmetic: the CPU of each "
        "resize, its median over all settings, divided by the share, without INIT. A resize cannot use a second vCPU.",
        verdict=f"{_answer(holds, busy=busy)}: {_verdict(trials, measured, work)}",
        holds=holds,
        basis=MEASURED,
        figures=tuple(cell for each in trials for cell in _figures(each, work)),
        charts=_charts(whole, measured, work),
    )


def _busy(trials: Sequence[MemoryTrial]) -> bool:
    """Return whether other work on this machine took the CPU from a container that should have a whole one."""
    unhindered = [each for trial in trials if trial.share == 1 for each in trial.resizes]
    return Spread.of(each.cpu_ms / each.wall_ms for each in unhindered).median < _QUIET


def _answer(holds: bool | None, *, busy: bool) -> str:
    if busy:
        return "This machine was too busy to tell"
    return {True: "Yes", False: "No", None: "It cannot be told apart"}[holds]


def _smallest_is_cheapest(prices_by_size: Sequence[Spread]) -> bool | None:
    """Return whether the first price is below all others, False if any is below it; None when spreads overlap."""
    smallest, *others = prices_by_size
    if any(each.most < smallest.least for each in others):
        return False
    return True if others and all(smallest.most < each.least for each in others) else None


def _work(trials: Sequence[MemoryTrial]) -> list[float]:
    """Return the CPU of each request of the mix in ms, as the median over all settings."""
    resizes = [each for trial in trials for each in trial.resizes]
    return [
        Spread.of(each.cpu_ms for each in resizes if each.number == number).median
        for number in sorted({each.number for each in resizes})
    ]


def _latency_ms(trial: MemoryTrial) -> float:
    return Spread.of(each.billed_ms for each in trial.resizes).median


def _figures(trial: MemoryTrial, work: Sequence[float]) -> Iterator[Figure]:
    case = f"{trial.memory_mb} MB"
    yield figure(case, "not answered", [life.failed for life in trial.lives])
    if trial.resizes:
        yield figure(case, "CPU", [each.cpu_ms for each in trial.resizes], unit="ms")
        yield figure(case, "CPU / time", [each.cpu_ms / each.wall_ms for each in trial.resizes], unit="×")
        yield figure(case, "times stopped", [each.stops for each in trial.resizes])
        yield figure(case, "billed, warm", [each.billed_ms for each in trial.resizes], unit="ms")
    yield figure(case, "INIT", [life.init_ms for life in trial.lives], unit="ms")
    yield figure(case, "billed, cold with INIT", [life.cold_billed_ms for life in trial.lives], unit="ms")
    if not trial.failed:
        yield figure(case, "a million requests, as billed here", trial.dollars, unit="$")
        yield figure(case, "duration, computed", trial.computed(work), unit="ms")
        yield figure(case, "a million requests, computed", [trial.computed_dollars(work)], unit="$")


def _charts(
    whole: Sequence[MemoryTrial], measured: Mapping[int, Spread], work: Sequence[float]
) -> tuple[LineChart, LineChart]:
    latency = {
        "billed here": tuple((float(each.memory_mb), _latency_ms(each)) for each in whole),
        "computed": tuple((float(each.memory_mb), Spread.of(each.computed(work)).median) for each in whole),
    }
    dollars = {
        "billed here": tuple((float(memory_mb), price.median) for memory_mb, price in measured.items()),
        "computed": tuple((float(each.memory_mb), each.computed_dollars(work)) for each in whole),
    }
    return (
        LineChart(title="Median latency of the mix by memory", across="MB", up="ms", lines=latency),
        LineChart(title="A million requests of the mix by memory", across="MB", up="$", lines=dollars),
    )


def _verdict(trials: Sequence[MemoryTrial], measured: Mapping[int, Spread], work: Sequence[float]) -> str:
    whole = [each for each in trials if not each.failed]
    failing = ", ".join(f"{each.memory_mb}" for each in trials if each.failed)
    computed = [each.computed_dollars(work) for each in whole if each.memory_mb <= VCPU_MB]
    latencies = {each.memory_mb: _latency_ms(each) for each in whole}
    smallest = whole[0].memory_mb
    return (
        f"by the times billed here, INIT included, a million requests cost {_price_text(measured[smallest])} "
        f"at {smallest} MB and {_price_text(measured[VCPU_MB])} at {VCPU_MB} MB, one vCPU (n = {len(whole[0].lives)}), "
        f"with medians of {latencies[smallest]:.0f} and {latencies[VCPU_MB]:.0f} ms; {_cheapest_text(measured)}; "
        f"arithmetic alone says that up to one vCPU the price varies by {max(computed) / min(computed) - 1:.0%}, "
        "because half the memory is half the CPU for twice the time"
        f"{f'; {failing} MB cannot do all of it' if failing else ''}."
    )


def _cheapest_text(measured: Mapping[int, Spread]) -> str:
    cheapest = min(measured, key=lambda memory_mb: measured[memory_mb].median)
    close = rivals(cheapest, measured)
    doubt = f", but spreads overlap, and {', '.join(map(str, close))} MB may be as cheap" if close else ""
    return f"the lowest median is {_price_text(measured[cheapest])} at {cheapest} MB{doubt}"


def _price_text(dollars: Spread) -> str:
    return f"{dollars.median:.2f} $ ({dollars.least:.2f} to {dollars.most:.2f})"
