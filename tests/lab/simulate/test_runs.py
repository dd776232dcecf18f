"""Simulated runs as a table."""

from __future__ import annotations

from lab.simulate.billing import FunctionSize
from lab.simulate.rules import Rules
from lab.simulate.runs import SimulatedRun, SimulationCase, simulated, table
from lab.simulate.times import Lognormal, RequestTimes
from lab.simulate.traffic import constant

TIMES = RequestTimes(service=Lognormal(median_ms=100), init=Lognormal(median_ms=500), first=Lognormal(median_ms=100))


def run(model: str, *, limit: int = 1000) -> SimulatedRun:
    return simulated(
        SimulationCase(
            rate=50,
            traffic=constant(50, 60),
            times=TIMES,
            rules=Rules(limit=limit),
            function=FunctionSize(),
            model=model,
            seed=1,
        )
    )


def test_each_model_simulates_its_cases() -> None:
    assert [run(model).result.model for model in ("exact", "cohort")] == ["exact", "cohort"]


def test_a_table_lists_the_reasons_for_refusals_and_the_models() -> None:
    lines = table([run("exact"), run("cohort", limit=3)]).splitlines()
    assert lines[0].split()[:2] == ["rate", "/s"]
    assert len({len(line) for line in lines[:3]}) == 1
    assert lines[3].startswith("refused at 50/s, attach 0 s: ")
    assert " by concurrency" in lines[3]
    assert lines[4] == "cohort and exact model, 60 s"
