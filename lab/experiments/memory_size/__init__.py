"""The price and the latency of each memory setting, for a mix of resizes: as billed here, and by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from lab.containers.cpu_share import PERIOD_S
from lab.costs import prices
from lab.experiments.memory_size.memory_trials import COLD_SHARE, ContainerLife, MemoryTrial, live, mix
from lab.experiments.support.findings import MEASURED, Finding, LineChart, figure
from lab.experiments.support.images import photo
from lab.experiments.support.workbench import Workbench
from lab.traits import VCPU_MB
from measurement.figures import Figure, Spread, rivals, rounded_median

# a setting that got more or less of its share of the CPU than this is not compared: its price would be that of another
_NEAR: Final = 0.1
# from this ratio on the throttle itself is said to cost CPU
_COSTLY: Final = 1.03


def run(workbench: Workbench) -> Finding:
    """Run the mix in new containers of each setting."""
    settings = workbench.pick((256, VCPU_MB), (128, 256, 512, 768, 1024, VCPU_MB, 3008))
    sizes = workbench.pick([(1200, 900)], [(1200, 900), (2000, 1500), (4000, 3000)])
    events = mix([photo(width, height) for width, height in sizes])
    # the settings take turns, so that whatever else this machine does meets them alike
    turns = [memory_mb for _ in range(workbench.pick(2, 5)) for memory_mb in settings]
    lives: dict[int, list[ContainerLife]] = {memory_mb: [] for memory_mb in settings}
    for memory_mb in workbench.steps("memory_size", turns):
        lives[memory_mb].append(live(workbench, memory_mb, events))
    return judge([MemoryTrial(memory_mb, several) for memory_mb, several in lives.items()])


def judge(trials: Sequence[MemoryTrial]) -> Finding:
    """Return what follows from the trials: prices from billed times, and beside them what arithmetic says."""
    work = _work(trials)
    whole = [each for each in trials if not each.failed]
    measured = {each.memory_mb: Spread.of(each.dollars) for each in whole if _is_near(each)}
    busy = not any(_is_near(each) for each in trials if each.share == 1)
    holds = None if busy else _smallest_is_cheapest([each.memory_mb for each in whole], measured)
    lives = len(whole[0].lives)
    return Finding(
        title="Memory size",
        claim="The smallest memory setting is the cheapest.",
        method=f"The same {len(work)} resizes in {lives} new containers of each setting, in turns, with the "
        f"memory limit enforced and the CPU held to its share, memory / {VCPU_MB} MB of one vCPU, by stopping and "
        f"continuing the process (on Linux; elsewhere it runs unhindered). {_throttle_text(trials)}INIT runs "
        f"unhindered. A setting that got more than {_NEAR:.0%} more or less than its share, in the median of its "
        "containers, is not compared with others. A price is that of the billed times of one container, "
        f"for a million requests of which {COLD_SHARE:.0%} are cold with INIT, on x86 with the price of the requests, "
        f"in {prices.AWS.region} as of {prices.AWS.read_on}. Computed figures are arithmetic: the CPU of each "
        "resize, its median over all settings, divided by the share, without INIT. A resize cannot use a second vCPU.",
        verdict=f"{_answer(holds, busy=busy)}: {_verdict(trials, measured, work)}",
        holds=holds,
        basis=MEASURED,
        figures=tuple(cell for each in trials for cell in _figures(each, work)),
        charts=_charts(whole, work),
    )


def _got(trial: MemoryTrial) -> float:
    """Return how many times its share of the CPU the setting got, in the median of its containers."""
    return median(trial.cpu_per_time) / trial.share


def _is_near(trial: MemoryTrial) -> bool:
    return abs(_got(trial) - 1) <= _NEAR


def _answer(holds: bool | None, *, busy: bool) -> str:
    if busy:
        return "This machine was too busy to tell"
    return {True: "Yes", False: "No", None: "It cannot be told"}[holds]


def _smallest_is_cheapest(settings_mb: Sequence[int], measured: Mapping[int, Spread]) -> bool | None:
    """Return whether the first price is below all others, False if any is below it.

    None when spreads overlap, or when a setting is missing that could turn it.
    """
    smallest = measured.get(settings_mb[0])
    if smallest is None:
        return None
    others = [each for memory_mb, each in measured.items() if memory_mb != settings_mb[0]]
    if any(each.most < smallest.least for each in others):
        return False
    is_complete = len(measured) == len(settings_mb) > 1
    return True if is_complete and all(smallest.most < each.least for each in others) else None


def _throttle_text(trials: Sequence[MemoryTrial]) -> str:
    """Return what the throttle is, and what it costs itself: the CPU of the same resizes at the smallest setting."""
    slow, full = _cpu_by_number(trials[:1]), _cpu_by_number([each for each in trials if each.share == 1])
    both = [(slow[number], full[number]) for number in slow if number in full]
    times = sum(cpu for cpu, _ in both) / sum(cpu for _, cpu in both) if both else 1.0
    # stops without a pause cost nothing measurable, pauses of 17 ms some 0.2 ms each
    why = ", since after a pause the caches are cold" if times >= _COSTLY else ""
    return (
        f"That is this lab's throttle, with the rule of Linux: a share of every {1000 * PERIOD_S:.0f} ms, of which "
        f"nothing is saved; AWS's may be another. The same resizes took {times:.2f} times as much CPU at "
        f"{trials[0].memory_mb} MB as on a whole vCPU{why}. "
    )


def _work(trials: Sequence[MemoryTrial]) -> list[float]:
    """Return the CPU of each request of the mix in ms, as the median over all settings."""
    return list(_cpu_by_number(trials).values())


def _cpu_by_number(trials: Sequence[MemoryTrial]) -> dict[int, float]:
    """Return the median CPU in ms of each request of the mix, by its number."""
    resizes = [each for trial in trials for each in trial.resizes]
    return {
        number: rounded_median(each.cpu_ms for each in resizes if each.number == number)
        for number in sorted({each.number for each in resizes})
    }


def _latency_ms(trial: MemoryTrial) -> float:
    return rounded_median(each.billed_ms for each in trial.resizes)


def _figures(trial: MemoryTrial, work: Sequence[float]) -> Iterator[Figure]:
    case = f"{trial.memory_mb} MB"
    yield figure(case, "not answered", [life.failed for life in trial.lives])
    if trial.resizes:
        yield figure(case, "CPU", [each.cpu_ms for each in trial.resizes], unit="ms")
        yield figure(case, "CPU / time, of a container", trial.cpu_per_time, unit="×")
        yield figure(case, "CPU / time, over the share", [each / trial.share for each in trial.cpu_per_time], unit="×")
        yield figure(case, "times stopped", [each.stops for each in trial.resizes])
        yield figure(case, "billed, warm", [each.billed_ms for each in trial.resizes], unit="ms")
    yield figure(case, "INIT", [life.init_ms for life in trial.lives], unit="ms")
    yield figure(case, "billed, cold with INIT", [life.cold_billed_ms for life in trial.lives], unit="ms")
    if not trial.failed:
        yield figure(case, "a million requests, as billed here", trial.dollars, unit="$")
        yield figure(case, "duration, computed", trial.computed(work), unit="ms")
        yield figure(case, "a million requests, computed", [trial.computed_dollars(work)], unit="$")


def _charts(whole: Sequence[MemoryTrial], work: Sequence[float]) -> tuple[LineChart, LineChart]:
    latency = {
        "billed here": tuple((float(each.memory_mb), _latency_ms(each)) for each in whole),
        "computed": tuple((float(each.memory_mb), rounded_median(each.computed(work))) for each in whole),
    }
    dollars = {
        "billed here": tuple((float(each.memory_mb), rounded_median(each.dollars)) for each in whole),
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
    cost = {each.memory_mb: _price_text(each) for each in whole}
    latencies = {each.memory_mb: _latency_ms(each) for each in whole}
    smallest = whole[0].memory_mb
    return (
        f"by the times billed here, INIT included, a million requests cost {cost[smallest]} "
        f"at {smallest} MB and {cost[VCPU_MB]} at {VCPU_MB} MB, one vCPU (n = {len(whole[0].lives)}), "
        f"with medians of {latencies[smallest]:.0f} and {latencies[VCPU_MB]:.0f} ms; {_cheapest_text(measured, cost)}"
        f"{_off_text(whole)}"
        f"arithmetic alone says that up to one vCPU the price varies by {max(computed) / min(computed) - 1:.0%}, "
        "because half the memory is half the CPU for twice the time"
        f"{f'; {failing} MB cannot do all of it' if failing else ''}."
    )


def _cheapest_text(measured: Mapping[int, Spread], cost: Mapping[int, str]) -> str:
    if not measured:
        return ""
    cheapest = min(measured, key=lambda memory_mb: measured[memory_mb].median)
    close = rivals(cheapest, measured)
    doubt = f", but spreads overlap, and {', '.join(map(str, close))} MB may be as cheap" if close else ""
    return f"the lowest median is {cost[cheapest]} at {cheapest} MB{doubt}; "


def _off_text(whole: Sequence[MemoryTrial]) -> str:
    """Return which settings are not compared, and how many times their share of the CPU they got."""
    off = [f"{each.memory_mb} MB with {_got(each):.2f}" for each in whole if not _is_near(each)]
    if not off:
        return ""
    return (
        f"settings that got another share of the CPU than their own are not compared: {', '.join(off)} times theirs; "
    )


def _price_text(trial: MemoryTrial) -> str:
    """Return the price and its range, rounded as in the table."""
    dollars = figure("", "", trial.dollars).spread
    return f"{dollars.median:.2f} $ ({dollars.least:.2f} to {dollars.most:.2f})"
