"""Draws the charts of findings as SVG."""

from __future__ import annotations

from typing import Final

from lab.experiments.support.findings import BarChart, Chart, LineChart, TimelineChart
from measurement.chart import INK, WIDTH, bar, drawing, line_chart, stacked_bars, text, ticks
from measurement.plain import DIGITS, plain

# the colors of the live page, as in lab/pages/lab.css
COLORS: Final = {
    "init": "#2a9d4e",
    "serve": "#f08a24",
    "after": "#8e44c9",
    "idle": "#7fb0dd",
    "frozen": "#b9c0cc",
    "killed": "#d43434",
}
_LABELS: Final = {"init": "starting", "serve": "serving", "after": "after the response", "frozen": "frozen"}
_LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 20, 20, 60, 12, 34


def svg(chart: Chart) -> str:
    """Return one chart as SVG."""
    match chart:
        case LineChart():
            return line_chart(chart.title, chart.lines, x_label=chart.across, y_label=chart.up)
        case BarChart():
            return stacked_bars(chart.title, chart.cases, x_label=chart.across)
        case TimelineChart():
            return _timeline(chart)


def _timeline(chart: TimelineChart) -> str:
    """Return one row per container, with time in seconds to the right."""
    states = dict.fromkeys(span.state for spans in chart.rows.values() for span in spans)
    longest = max((span.end for spans in chart.rows.values() for span in spans), default=1.0) or 1.0
    scale = (WIDTH - _LEFT - _RIGHT) / longest
    low = _TOP + _ROW * len(chart.rows)
    parts = [text(10, 22, chart.title, "start", bold=True), *_legend(list(states))]
    for row, spans in enumerate(chart.rows.values()):
        for span in spans:
            wide = max(0.5, (span.end - span.begin) * scale)
            parts.append(_block(_LEFT + span.begin * scale, _TOP + _ROW * row, wide, COLORS[span.state]))
    for tick in ticks(longest):
        if tick <= longest:
            parts.append(text(_LEFT + tick * scale, low + 14, plain(tick, DIGITS), "middle"))
    parts.append(text(WIDTH / 2, low + 30, "seconds", "middle"))
    return drawing(chart.title, parts, low + _BOTTOM)


def _legend(states: list[str]) -> list[str]:
    parts, left = [], float(_LEFT)
    for state in states:
        label = _LABELS.get(state, state)
        parts += [_block(left, 36, 10, COLORS[state]), text(left + 15, 45, label, "start")]
        left += 34 + 7 * len(label)
    return parts


def _block(x: float, y: float, wide: float, color: str) -> str:
    # some states are pale on the live page, and so they are here
    return bar(x, y, wide, color, height=_ROW - 2, outline=INK)
