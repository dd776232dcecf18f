"""Draws line and bar charts as SVG, with selectable text and colors that read on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log10
from typing import Final

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 60, 50, 40, 20
# Bars are horizontal: their names to the left of BAR_LEFT, and room for the value behind the longest bar.
BAR_LEFT, ROW_HEIGHT, BAR_HEIGHT, VALUE_WIDTH = 190, 26, 18, 60
_COLORS: Final = ("#2f81f7", "#d29922", "#8b949e", "#3fb950", "#f85149")
_GRID = 'stroke="#8b949e" stroke-opacity="0.3"'


def line_chart(title: str, lines: Mapping[str, Points], *, x_label: str, y_label: str) -> str:
    """Return one line per name through its points (x, y); both axes start at zero."""
    x_max = _round_up(max(x for points in lines.values() for x, _ in points))
    y_max = _round_up(max(y for points in lines.values() for _, y in points))
    parts = [text(10, 16, title, "start", bold=True), *_axes(x_max, y_max, x_label, y_label)]
    for index, (name, points) in enumerate(lines.items()):
        color = _COLORS[index % len(_COLORS)]
        placed = " ".join(f"{_x(x, x_max):.1f},{_y(y, y_max):.1f}" for x, y in points)
        parts.append(f'<polyline points="{placed}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 8 + 18 * index}" width="12" height="3" fill="{color}"/>')
        parts.append(text(LEFT + 30, TOP + 13 + 18 * index, name, "start"))
    return drawing(title, parts, HEIGHT)


def bar_chart(title: str, bars: Mapping[str, float], *, x_label: str) -> str:
    """Return one bar per name, first name on top, with its value behind it; no value may be negative."""
    x_max, top = _round_up(max(bars.values())), TOP
    parts = _bar_frame(title, list(bars), top, x_max, x_label)
    for row, value in enumerate(bars.values()):
        y, right = top + ROW_HEIGHT * row, _bar_right(value, x_max)
        parts.append(bar(BAR_LEFT, y, right - BAR_LEFT, _COLORS[0]))
        parts.append(text(right + 6, y + 13, f"{value:g}", "start"))
    return drawing(title, parts, top + ROW_HEIGHT * len(bars) + BOTTOM)


def stacked_bars(title: str, cases: Mapping[str, Mapping[str, float]], *, x_label: str) -> str:
    """Return one bar per case, made of its parts; a part has the same color in every bar, shown in a legend."""
    names = list(dict.fromkeys(name for parts in cases.values() for name in parts))
    # the sum of shares may exceed 100 by the last digit of a float, which must not double the scale
    x_max, top = _round_up(round(max(sum(parts.values()) for parts in cases.values()), 9)), TOP + 24
    drawn = [*_legend(names), *_bar_frame(title, list(cases), top, x_max, x_label)]
    for row, parts in enumerate(cases.values()):
        left, y = float(BAR_LEFT), top + ROW_HEIGHT * row
        for name, value in parts.items():
            width = _bar_right(value, x_max) - BAR_LEFT
            drawn.append(bar(left, y, width, _COLORS[names.index(name) % len(_COLORS)]))
            label = f"{value:.3g}"
            if width > 9 * len(label):  # a part too narrow for its value is in the table all the same
                drawn.append(text(left + width / 2, y + 13, label, "middle", fill="#0d1117"))
            left += width
    return drawing(title, drawn, top + ROW_HEIGHT * len(cases) + BOTTOM)


def drawing(title: str, parts: Sequence[str], height: float) -> str:
    """Return the whole drawing, WIDTH wide, from its elements."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" fill="#8b949e" role="img" aria-label="{escape(title)}">\n{body}\n</svg>\n'
    )


def text(x: float, y: float, content: str, anchor: str, *, bold: bool = False, fill: str = "") -> str:
    """Return text that has its ``anchor`` (start, middle or end) at x; the content is escaped."""
    more = (' font-weight="bold"' if bold else "") + (f' fill="{fill}"' if fill else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def bar(x: float, y: float, width: float, color: str, *, height: int = BAR_HEIGHT) -> str:
    """Return a horizontal bar."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{color}"/>'


def _bar_frame(title: str, names: Sequence[str], top: int, x_max: float, x_label: str) -> list[str]:
    """Return the title, the scale below the bars, and the name beside each."""
    bottom = top + ROW_HEIGHT * len(names)
    parts = [text(10, 22, title, "start", bold=True)]
    for step in range(6):
        x = _bar_right(step * x_max / 5, x_max)
        parts.append(f'<line x1="{x:.1f}" y1="{top - 4}" x2="{x:.1f}" y2="{bottom}" {_GRID}/>')
        parts.append(text(x, bottom + 16, f"{step * x_max / 5:g}", "middle"))
    parts.append(text((BAR_LEFT + WIDTH - VALUE_WIDTH) / 2, bottom + 38, x_label, "middle"))
    return [*parts, *(text(BAR_LEFT - 8, top + ROW_HEIGHT * row + 13, name, "end") for row, name in enumerate(names))]


def _bar_right(value: float, x_max: float) -> float:
    return BAR_LEFT + value / x_max * (WIDTH - BAR_LEFT - VALUE_WIDTH)


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(BAR_LEFT)
    for index, name in enumerate(names):
        parts.append(f'<rect x="{x:.1f}" y="37" width="12" height="12" fill="{_COLORS[index % len(_COLORS)]}"/>')
        parts.append(text(x + 18, 47, name, "start"))
        x += 40 + 7 * len(name)
    return parts


def _axes(x_max: float, y_max: float, x_label: str, y_label: str) -> list[str]:
    parts = []
    for step in range(6):
        x, y = step * x_max / 5, step * y_max / 5
        level = _y(y, y_max)
        parts.append(f'<line x1="{LEFT}" y1="{level:.1f}" x2="{WIDTH - RIGHT}" y2="{level:.1f}" {_GRID}/>')
        parts.append(text(LEFT - 6, level + 4, f"{y:g}", "end"))
        parts.append(text(_x(x, x_max), HEIGHT - BOTTOM + 18, f"{x:g}", "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle"))
    return [*parts, text(10, TOP - 7, y_label, "start")]


def _x(value: float, x_max: float) -> float:
    return LEFT + value / x_max * (WIDTH - LEFT - RIGHT)


def _y(value: float, y_max: float) -> float:
    return HEIGHT - BOTTOM - value / y_max * (HEIGHT - BOTTOM - TOP)


def _round_up(value: float) -> float:
    """Return the next round number (1, 2, 2.5, 5, 7.5 or 10 times a power of ten), which divides well by five."""
    power = 10 ** (ceil(log10(value)) - 1) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 2.5, 5, 7.5, 10) if step * power >= value)
