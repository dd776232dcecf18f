"""Simulated runs, and replays of recorded ones: as values, and as tables to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lab.simulate import cohort_model, exact_model
from lab.simulate.billing import FunctionSize
from lab.simulate.replay import ReplayComparison
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import RequestTimes
from lab.simulate.traffic import Traffic
from measurement.plain import plain

_COLUMNS: Final[dict[str, Callable[[SimulatedRun], str]]] = {
    "rate /s": lambda run: f"{run.rate:,.15g}",
    "attach s": lambda run: f"{run.attach_s:g}",
    "requests": lambda run: f"{run.result.requests:,}",
    "cold": lambda run: f"{run.result.cold:,}",
    "cold %": lambda run: f"{100 * run.cold_share:.3g}",
    "p50 ms": lambda run: _ms(run.result.p50_ms),
    "p99 ms": lambda run: _ms(run.result.p99_ms),
    "refused": lambda run: f"{sum(run.result.refused.values()):,}",
    "refused %": lambda run: f"{100 * run.refused_share:.3g}",
    "containers": lambda run: f"{run.result.containers_started:,}",
    "peak": lambda run: f"{run.result.containers_peak:,}",
    "$": lambda run: plain(run.result.dollars, 4),
    "$ /million": lambda run: "" if run.dollars_a_million is None else plain(run.dollars_a_million, 3),
}


class SimulationCase(msgspec.Struct, frozen=True, kw_only=True):
    """One run to simulate; ``model`` is ``exact`` or ``cohort``."""

    rate: float
    traffic: Traffic
    times: RequestTimes
    rules: Rules
    function: FunctionSize
    model: str
    seed: int


class SimulatedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run, with the shares that follow from its result."""

    rate: float
    attach_s: float
    cold_share: float
    refused_share: float
    dollars_a_million: float | None
    result: SimulationResult


def simulated(case: SimulationCase) -> SimulatedRun:
    """Simulate one case."""
    model = exact_model if case.model == "exact" else cohort_model
    result = model.simulate(case.traffic, case.times, case.rules, function=case.function, seed=case.seed)
    return SimulatedRun(
        rate=case.rate,
        attach_s=case.rules.attach_s,
        cold_share=result.cold_share,
        refused_share=result.refused_share,
        dollars_a_million=result.dollars_a_million,
        result=result,
    )


def table(runs: Sequence[SimulatedRun]) -> str:
    """Return one line per run, and below them why requests were refused."""
    rows = [list(_COLUMNS), *([cell(each) for cell in _COLUMNS.values()] for each in runs)]
    lines = _aligned(rows)
    for each in runs:
        reasons = ", ".join(f"{count:,} by {reason}" for reason, count in each.result.refused.items() if count)
        if reasons:
            lines.append(f"refused at {each.rate:,.15g}/s, attach {each.attach_s:g} s: {reasons}")
    models = " and ".join(sorted({each.result.model for each in runs}))
    return "\n".join([*lines, f"{models} model, {runs[0].result.seconds:,.15g} s"])


def comparison(given: ReplayComparison) -> str:
    """Return the measurements of the lab beside the results of the simulation."""
    recorded, replayed = given.recorded, given.simulated
    rows = [
        [given.name, "recorded", "simulated"],
        ["requests", f"{recorded.requests:,}", f"{replayed.requests:,}"],
        ["cold", f"{recorded.cold:,}", f"{replayed.cold:,}"],
        ["refused", f"{recorded.refused:,}", f"{sum(replayed.refused.values()):,}"],
        ["p50 ms", _ms(recorded.p50_ms), _ms(replayed.p50_ms)],
        ["p99 ms", _ms(recorded.p99_ms), _ms(replayed.p99_ms)],
        ["containers", f"{recorded.containers:,}", f"{replayed.containers_started:,}"],
    ]
    cold = "the same" if recorded.cold == replayed.cold else "not the same"
    deviation = "" if given.p50_deviation is None else f", p50 {100 * given.p50_deviation:.1f} % apart"
    return "\n".join([*_aligned(rows), f"{cold} cold starts{deviation}"])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
