"""Findings with one chart of each kind."""

from __future__ import annotations

from lab.experiments.support.findings import (
    MEASURED,
    BarChart,
    Finding,
    Findings,
    LineChart,
    Span,
    TimelineChart,
    figure,
)

LINES = LineChart(title="Latency <1 s", across="n", up="ms", lines={"cold & warm": ((0.0, 1.0), (2.0, 3.5))})


BARS = BarChart(title="Parts", across="ms", cases={"ours": {"init": 3.0, "serve": 1.0}, "theirs": {"init": 9.0}})


SPANS = TimelineChart(
    title="Containers",
    rows={"a": (Span(0.0, 0.5, "init"), Span(0.5, 2.0, "serve")), "b": (Span(1.0, 2.0, "frozen"),)},
)


def findings(verdict: str = "It held & stood.") -> Findings:
    one = Finding(
        title="One",
        claim="Everybody says <so>.",
        method="Tried.",
        figures=(figure("few", "time", [1.0, 2.0, 9.0], unit="ms"), figure("many", "count", [4])),
        verdict=verdict,
        holds=True,
        basis=MEASURED,
        charts=(LINES, BARS, SPANS),
        command="python -m lab run",
        date="2026-11-21",
    )
    return Findings(machine={"cpu": "a processor", "cores": "2"}, experiments={"pooling": one})
