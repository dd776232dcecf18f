"""One function for the whole app against one function per route, under the same mixed traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lab.experiments.support.findings import BarChart, Finding, TimelineChart, figure
from lab.experiments.support.layouts import MANY, ONE, Layout, TrafficPlan, TrafficRun, layouts
from lab.experiments.support.load import p99
from lab.experiments.support.mixed_traffic import MIX
from lab.experiments.support.workbench import Workbench
from measurement.figures import Figure

_MB: Final = 1e6
# what the scaled idle time stands for
_IDLE_REAL_S: Final = 300.0


def run(workbench: Workbench) -> Finding:
    """Send the same burst and the same sparse traffic to both layouts."""
    kinds = tuple(MIX)
    plan = workbench.pick(
        TrafficPlan(kinds=kinds[:3], burst=4, rate=6.0, seconds=1.5, idle_s=0.6, rounds=1),
        TrafficPlan(kinds=kinds, burst=40, rate=3.0, seconds=40.0, idle_s=3.0, rounds=7),
    )
    found = layouts(workbench, plan)
    one, many = found[ONE], found[MANY]
    workbench.record("one_or_many", many.sparse.samples, idle_s=plan.idle_s)
    holds = one.burst.started == many.burst.started == plan.burst
    return Finding(
        title="One function or many",
        claim="Ten Lambda functions or one, the scaling is the same.",
        method=_method(plan),
        verdict=_verdict(plan, one, many, holds=holds),
        holds=holds,
        figures=tuple(each for name, layout in found.items() for each in _figures(name, layout)),
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
        f"the Python that runs the lab, with 1769 MB. Both get the same {plan.burst} mixed requests at one moment "
        f"and, starting without containers again, {plan.rate:g} requests a second for {plan.seconds:g} s, with small "
        f"images and some rare routes. Idle containers end after {plan.idle_s:g} s, which stands for "
        f"{_IDLE_REAL_S / 60:.0f} minutes and makes that {60 * plan.rate / scale:.2g} requests a minute; cold starts "
        "are not scaled, so more requests than in reality arrive during one. INIT is measured separately, one function "
        "at a time, in turns."
    )


def _runs(layout: Layout) -> Mapping[str, TrafficRun]:
    return {"burst": layout.burst, "sparse": layout.sparse}


def _figures(name: str, layout: Layout) -> Iterator[Figure]:
    sizes = [each.zip_bytes / _MB for each in layout.packages.values()]
    yield figure(name, "functions", [len(sizes)])
    yield figure(name, "zip", sizes, unit="MB")
    yield figure(name, "all zips", [sum(sizes)], unit="MB")
    yield figure(name, "INIT alone", _all_inits(layout), unit="ms")
    yield figure(name, "burst: memory of all containers", [sum(layout.burst.peaks_mb)], unit="MB")
    for what, each in _runs(layout).items():
        yield figure(name, f"{what}: requests", [len(each.samples)])
        yield figure(name, f"{what}: containers started", [each.started])
        yield figure(name, f"{what}: cold requests", [each.cold_share], unit="%")
        yield figure(name, f"{what}: latency", each.latencies, unit="ms")
        yield figure(name, f"{what}: latency, p99", [p99(each.latencies)], unit="ms")
        yield figure(name, f"{what}: Max Memory Used", each.peaks_mb, unit="MB")
        yield figure(name, f"{what}: a million such requests", [each.dollars_per_million], unit="$")


def _all_inits(layout: Layout) -> list[float]:
    return [time for times in layout.inits_ms.values() for time in times]


def _started_bars(found: Mapping[str, Layout]) -> dict[str, dict[str, float]]:
    return {
        f"{what}, {name}": {"containers": float(_runs(layout)[what].started)}
        for what in ("burst", "sparse")
        for name, layout in found.items()
    }


def _init_bars(*found: Layout) -> dict[str, dict[str, float]]:
    return {
        name: {"INIT": round(figure(name, "", times).spread.median, 1)}
        for layout in found
        for name, times in layout.inits_ms.items()
    }


def _verdict(plan: TrafficPlan, one: Layout, many: Layout, *, holds: bool) -> str:
    few, lot = one.sparse, many.sparse
    init = [figure("", "", _all_inits(each)).spread.median for each in (one, many)]
    return (
        f"{'Yes in a burst' if holds else 'No'}: {plan.burst} mixed requests at once started {one.burst.started} "
        f"containers of one function and {many.burst.started} of {len(many.packages)} functions; in sparse traffic "
        f"{few.cold_share:.0f} % of the requests were cold with one function and {lot.cold_share:.0f} % with one per "
        f"route, with {few.started} containers against {lot.started}, INIT alone took {init[0]:.0f} ms against "
        f"{init[1]:.0f} ms, and a million such requests cost {few.dollars_per_million:.2f} dollars against "
        f"{lot.dollars_per_million:.2f}."
    )
