"""Draws the charts of findings as SVG."""

from __future__ import annotations

from typing import Final

from lab.experiments.tools.findings import Bars, Chart, Lines, Spans
from measurement.chart import WIDTH, bar, drawing, line_chart, stacked_bars, text

# those of the live page, which lab/pages/lab.css has for the browser
COLOURS: Final = {
    "init": "#2a9d4e",
    "serve": "#f08a24",
    "after": "#8e44c9",
    "idle": "#7fb0dd",
    "frozen": "#b9c0cc",
    "killed": "#d43434",
}
_WORDS: Final = {"init": "starting", "serve": "serving", "after": "after the answer", "frozen": "frozen"}
_LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 20, 20, 60, 12, 34


def svg(chart: Chart) -> str:
    """Return the picture of one chart, readable on light and dark ground."""
    match chart:
        case Lines():
            return line_chart(chart.title, chart.lines, x_label=chart.across, y_label=chart.up)
        case Bars():
            return stacked_bars(chart.title, chart.cases, x_label=chart.across)
        case Spans():
            return _spans(chart)


def _spans(chart: Spans) -> str:
    """Return one row per container, time in seconds running to the right."""
    states = dict.fromkeys(span.state for spans in chart.rows.values() for span in spans)
    longest = max((span.end for spans in chart.rows.values() for span in spans), default=1.0) or 1.0
    scale = (WIDTH - _LEFT - _RIGHT) / longest
    low = _TOP + _ROW * len(chart.rows)
    parts = [text(10, 22, chart.title, "start", bold=True), *_legend(list(states))]
    for row, spans in enumerate(chart.rows.values()):
        for span in spans:
            wide = max(0.5, (span.end - span.begin) * scale)
            parts.append(_block(_LEFT + span.begin * scale, _TOP + _ROW * row, wide, COLOURS[span.state]))
    for step in range(6):
        at = longest * step / 5
        parts.append(text(_LEFT + at * scale, low + 14, f"{at:.2g}", "middle"))
    parts.append(text(WIDTH / 2, low + 30, "seconds", "middle"))
    return drawing(chart.title, parts, low + _BOTTOM)


def _legend(states: list[str]) -> list[str]:
    parts, left = [], float(_LEFT)
    for state in states:
        words = _WORDS.get(state, state)
        parts += [_block(left, 36, 10, COLOURS[state]), text(left + 15, 45, words, "start")]
        left += 34 + 7 * len(words)
    return parts


def _block(x: float, y: float, wide: float, colour: str) -> str:
    return bar(x, y, wide, colour, height=_ROW - 2)
