"""One function for the whole app against one function per route, under the same mixed traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lab.experiments.one_or_many import true_scale
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, TimelineChart, figure, in_words
from lab.experiments.support.layouts import MANY, ONE, Layout, TrafficPlan, TrafficRun, layouts
from lab.experiments.support.mixed_traffic import MIX
from lab.experiments.support.workbench import Workbench
from lab.traits import VCPU_MB
from measurement.figures import Figure, Spread, p99, rounded_median

_MB: Final = 1e6
# what the scaled idle time stands for
_IDLE_REAL_S: Final = 300.0
# parts of the sparse traffic, and seeds of its simulation
_PARTS: Final = 5


def run(workbench: Workbench) -> Finding:
    """Send the same bursts and the same sparse traffic to both layouts, and simulate the latter at its true scale."""
    kinds = tuple(MIX)
    plan = workbench.pick(
        TrafficPlan(kinds=kinds[:3], burst=4, rate=6.0, seconds=1.5, idle_s=0.6, rounds=1, bursts=1),
        TrafficPlan(kinds=kinds, burst=40, rate=3.0, seconds=50.0, idle_s=3.0, rounds=7, bursts=5),
    )
    found = layouts(workbench, plan)
    workbench.record("one_or_many", found[MANY].sparse.samples, idle_s=plan.idle_s)
    return judge(plan, found, simulated(plan, found))


def simulated(plan: TrafficPlan, found: Mapping[str, Layout]) -> dict[str, list[float]]:
    """Return the share of cold requests of each layout in percent, at the true scale, for several seeds."""
    rate, total = plan.rate * plan.idle_s / _IDLE_REAL_S, sum(MIX[kind].share for kind in plan.kinds)
    rates = {
        ONE: {"monolith": rate},
        MANY: {kind: rate * MIX[kind].share / total for kind in plan.kinds},
    }
    seeds = range(_PARTS)
    return {
        name: true_scale.cold_shares(found[name].sparse.samples, rates[name], idle_s=_IDLE_REAL_S, seeds=seeds)
        for name in (ONE, MANY)
    }


def judge(plan: TrafficPlan, found: Mapping[str, Layout], at_true_scale: Mapping[str, Sequence[float]]) -> Finding:
    """Return what follows from both layouts: every burst has to start a container for each request."""
    one, many = found[ONE], found[MANY]
    holds = all(burst.started == plan.burst for layout in (one, many) for burst in layout.bursts)
    return Finding(
        title="One function or many",
        claim="Ten Lambda functions or one, the scaling is the same.",
        method=_method(plan),
        verdict=_verdict(plan, found, at_true_scale, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        figures=tuple(each for name, layout in found.items() for each in _figures(name, layout, at_true_scale[name])),
        charts=(
            BarChart(title="Containers started", across="containers", cases=_started_bars(found)),
            BarChart(title="INIT of each package, alone", across="ms", cases=_init_bars(one, many)),
            *(TimelineChart(title=f"Sparse traffic, {name}", rows=each.sparse.rows) for name, each in found.items()),
        ),
    )


def _method(plan: TrafficPlan) -> str:
    scale = _IDLE_REAL_S / plan.idle_s
    return (
        f"One zip as `make package` builds it, against {len(plan.kinds)} zips, each with a single blueprint and only "
        "the files that its route was seen to load, which is less than a team would dare to ship; all on "
        f"the Python that runs the lab, with {VCPU_MB} MB. Both get the same {plan.burst} mixed requests at once, "
        f"{plan.bursts} times without containers, and then {plan.rate:g} requests a second for {plan.seconds:g} s, "
        f"small images and some rare routes, in {_PARTS} parts. Idle containers end after {plan.idle_s:g} s, which "
        f"stands for {_IDLE_REAL_S / 60:.0f} minutes and makes that {60 * plan.rate / scale:.2g} requests a minute; "
        "cold starts are not scaled, so more requests than in reality arrive during one and start another: that is "
        "worse for the one function, which gets all of them. So the same traffic is simulated at its true scale too, "
        f"with the times measured here, AWS's rules and {_PARTS} seeds. INIT is measured separately, one function at a "
        "time, in turns."
    )


def _figures(name: str, layout: Layout, at_true_scale: Sequence[float]) -> Iterator[Figure]:
    sizes = [each.zip_bytes / _MB for each in layout.packages.values()]
    yield figure(name, "functions", [len(sizes)], given=True)
    yield figure(name, "zip", sizes, unit="MB")
    yield figure(name, "all zips", [sum(sizes)], unit="MB")
    yield figure(name, "INIT alone", _all_inits(layout), unit="ms")
    yield figure(name, "burst: memory of all containers", [sum(each.peaks_mb) for each in layout.bursts], unit="MB")
    for what, runs in _runs(layout).items():
        yield figure(name, f"{what}: requests", [len(each.samples) for each in runs])
        yield figure(name, f"{what}: containers", [each.started for each in runs])
        yield figure(name, f"{what}: cold requests", [each.cold_share for each in runs], unit="%")
        latencies = [latency for each in runs for latency in each.latencies]
        yield figure(name, f"{what}: latency", latencies, unit="ms")
        yield figure(name, f"{what}: latency, p99", [p99(each.latencies) for each in runs], unit="ms")
        yield figure(name, f"{what}: Max Memory Used", [peak for each in runs for peak in each.peaks_mb], unit="MB")
        yield figure(name, f"{what}: a million such requests", [each.dollars_per_million for each in runs], unit="$")
    sparse = layout.sparse
    yield figure(name, "sparse, all parts: containers started", [sparse.started])
    yield figure(name, "sparse, all parts: cold requests", [sparse.cold_share], unit="%")
    yield figure(name, "sparse, all parts: a million such requests", [sparse.dollars_per_million], unit="$")
    yield figure(name, "sparse, simulated at true scale: cold requests", at_true_scale, unit="%")


def _runs(layout: Layout) -> Mapping[str, Sequence[TrafficRun]]:
    return {"burst": layout.bursts, "sparse": layout.sparse.parts(_PARTS)}


def _all_inits(layout: Layout) -> list[float]:
    return [time for times in layout.inits_ms.values() for time in times]


def _started_bars(found: Mapping[str, Layout]) -> dict[str, dict[str, float]]:
    started = {
        "burst": {name: rounded_median(each.started for each in layout.bursts) for name, layout in found.items()},
        "sparse": {name: float(layout.sparse.started) for name, layout in found.items()},
    }
    return {f"{what}, {name}": {"containers": count} for what, by in started.items() for name, count in by.items()}


def _init_bars(*found: Layout) -> dict[str, dict[str, float]]:
    return {
        name: {"INIT": round(figure(name, "", times).spread.median, 1)}
        for layout in found
        for name, times in layout.inits_ms.items()
    }


def _verdict(
    plan: TrafficPlan, found: Mapping[str, Layout], at_true_scale: Mapping[str, Sequence[float]], *, holds: bool
) -> str:
    one, many = found[ONE], found[MANY]
    bursts = [in_words(burst.started for burst in layout.bursts) for layout in (one, many)]
    init = [rounded_median(_all_inits(each)) for each in (one, many)]
    is_more = one.sparse.cold_share > max(at_true_scale[ONE])
    why = ", whose cold starts are too long for its shortened time," if is_more else " itself"
    price = [each.sparse.dollars_per_million for each in (one, many)]
    return (
        f"{'Yes in a burst' if holds else 'No'}: {plan.burst} mixed requests at once started {bursts[0]} containers "
        f"of one function and {bursts[1]} of {len(many.packages)} functions (n = {plan.bursts}); of sparse traffic, "
        f"simulated at its true scale, {_percent(at_true_scale[ONE])} of the requests were cold with one function and "
        f"{_percent(at_true_scale[MANY])} with one per route (n = {len(at_true_scale[ONE])}); in the lab{why} "
        f"{_cold(one.sparse)} were cold and {_cold(many.sparse)}, and a "
        f"million such requests cost {price[0]:.3g} $ against {price[1]:.3g} (n = 1 run); INIT alone took "
        f"{init[0]:.0f} ms against {init[1]:.0f} ms."
    )


def _cold(run: TrafficRun) -> str:
    """Return the cold requests of all parts: in the median of the parts a few would be none."""
    cold = sum(sample.cold for sample in run.samples)
    return f"{cold} of {len(run.samples)} ({run.cold_share:.2g} %)"


def _percent(shares: Sequence[float]) -> str:
    spread = Spread.of(shares)
    return f"{spread.median:.2g} % ({spread.least:.2g} to {spread.most:.2g})"
