"""Draws line and bar charts as SVG, with selectable text, on a ground of their own that reads on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

from measurement.plain import DIGITS, plain

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 60, 50, 40, 20
# Bars are horizontal: their names to the left of BAR_LEFT, and room for the value behind the longest bar.
BAR_LEFT, ROW_HEIGHT, BAR_HEIGHT, VALUE_WIDTH = 190, 26, 18, 60
# Contrast as WCAG 2.2 AA asks, 4.5 for text and 3 for lines: no gray has 4.5 on white and on black, hence the ground.
GROUND: Final = "#ffffff"
INK: Final = "#3d444d"
COLORS: Final = ("#0969da", "#9a6700", "#656d76", "#1a7f37", "#cf222e")
_GRID = f'stroke="{INK}" stroke-opacity="0.2"'
_MOST_INTERVALS: Final = 6


def line_chart(title: str, lines: Mapping[str, Points], *, x_label: str, y_label: str) -> str:
    """Return one line per name through its points (x, y); both axes start at zero."""
    across = ticks(max(x for points in lines.values() for x, _ in points))
    up = ticks(max(y for points in lines.values() for _, y in points))
    x_max, y_max = across[-1], up[-1]
    parts = [text(10, 16, title, "start", bold=True), *_axes(across, up, x_label, y_label)]
    for index, (name, points) in enumerate(lines.items()):
        color = COLORS[index % len(COLORS)]
        placed = " ".join(f"{_x(x, x_max):.1f},{_y(y, y_max):.1f}" for x, y in points)
        parts.append(f'<polyline points="{placed}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 8 + 18 * index}" width="12" height="3" fill="{color}"/>')
        parts.append(text(LEFT + 30, TOP + 13 + 18 * index, name, "start"))
    return drawing(title, parts, HEIGHT)


def bar_chart(title: str, bars: Mapping[str, float], *, x_label: str) -> str:
    """Return one bar per name, first name on top, with its value behind it; no value may be negative."""
    scale, top = ticks(max(bars.values())), TOP
    parts = _bar_frame(title, list(bars), top, scale, x_label)
    for row, value in enumerate(bars.values()):
        y, right = top + ROW_HEIGHT * row, _bar_right(value, scale[-1])
        parts.append(bar(BAR_LEFT, y, right - BAR_LEFT, COLORS[0]))
        parts.append(text(right + 6, y + 13, plain(value, DIGITS), "start"))
    return drawing(title, parts, top + ROW_HEIGHT * len(bars) + BOTTOM)


def stacked_bars(title: str, cases: Mapping[str, Mapping[str, float]], *, x_label: str) -> str:
    """Return one bar per case, made of its parts; a part has the same color in every bar, shown in a legend."""
    names = list(dict.fromkeys(name for parts in cases.values() for name in parts))
    # the sum of shares may exceed 100 by the last digit of a float, which must not lengthen the scale
    scale, top = ticks(round(max(sum(parts.values()) for parts in cases.values()), 9)), TOP + 24
    drawn = [*_legend(names), *_bar_frame(title, list(cases), top, scale, x_label)]
    for row, parts in enumerate(cases.values()):
        left, y = float(BAR_LEFT), top + ROW_HEIGHT * row
        for name, value in parts.items():
            width = _bar_right(value, scale[-1]) - BAR_LEFT
            drawn.append(bar(left, y, width, COLORS[names.index(name) % len(COLORS)]))
            label = plain(value, 3)
            if width > 9 * len(label):  # a part too narrow for its value is in the table all the same
                drawn.append(text(left + width / 2, y + 13, label, "middle", fill=GROUND))
            left += width
    return drawing(title, drawn, top + ROW_HEIGHT * len(cases) + BOTTOM)


def drawing(title: str, parts: Sequence[str], height: float) -> str:
    """Return the whole drawing, WIDTH wide, from its elements."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" fill="{INK}" role="img" aria-label="{escape(title)}">\n'
        f'<path d="M0 0H{WIDTH}V{height}H0z" fill="{GROUND}"/>\n{body}\n</svg>\n'
    )


def text(x: float, y: float, content: str, anchor: str, *, bold: bool = False, fill: str = "") -> str:
    """Return text that has its ``anchor`` (start, middle or end) at x; the content is escaped."""
    more = (' font-weight="bold"' if bold else "") + (f' fill="{fill}"' if fill else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def bar(x: float, y: float, width: float, color: str, *, height: int = BAR_HEIGHT, outline: str = "") -> str:
    """Return a horizontal bar; a color that is close to the ground needs an outline."""
    line = f' stroke="{outline}" stroke-width="0.5"' if outline else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{color}"{line}/>'


def ticks(most: float) -> list[float]:
    """Return at most seven round values, evenly apart, from 0 to the first that is not below ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    exponent = floor(log10(most / _MOST_INTERVALS))
    # 3 / 10 is 0.3, but 3 * 0.1 is 0.30000000000000004
    steps = [(digit, power) for power in (exponent, exponent + 1) for digit in (1, 2, 5)]
    digit, power = next(step for step in steps if ceil(most / _scaled(*step)) <= _MOST_INTERVALS)
    return [_scaled(digit * number, power) for number in range(ceil(most / _scaled(digit, power)) + 1)]


def _scaled(digits: int, power: int) -> float:
    return digits / 10**-power if power < 0 else float(digits * 10**power)


def _bar_frame(title: str, names: Sequence[str], top: int, scale: Sequence[float], x_label: str) -> list[str]:
    """Return the title, the scale below the bars, and the name beside each."""
    bottom = top + ROW_HEIGHT * len(names)
    parts = [text(10, 22, title, "start", bold=True)]
    for tick in scale:
        x = _bar_right(tick, scale[-1])
        parts.append(f'<line x1="{x:.1f}" y1="{top - 4}" x2="{x:.1f}" y2="{bottom}" {_GRID}/>')
        parts.append(text(x, bottom + 16, plain(tick, DIGITS), "middle"))
    parts.append(text((BAR_LEFT + WIDTH - VALUE_WIDTH) / 2, bottom + 38, x_label, "middle"))
    return [*parts, *(text(BAR_LEFT - 8, top + ROW_HEIGHT * row + 13, name, "end") for row, name in enumerate(names))]


def _bar_right(value: float, x_max: float) -> float:
    return BAR_LEFT + value / x_max * (WIDTH - BAR_LEFT - VALUE_WIDTH)


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(BAR_LEFT)
    for index, name in enumerate(names):
        parts.append(f'<rect x="{x:.1f}" y="37" width="12" height="12" fill="{COLORS[index % len(COLORS)]}"/>')
        parts.append(text(x + 18, 47, name, "start"))
        x += 40 + 7 * len(name)
    return parts


def _axes(across: Sequence[float], up: Sequence[float], x_label: str, y_label: str) -> list[str]:
    parts = []
    for tick in up:
        level = _y(tick, up[-1])
        parts.append(f'<line x1="{LEFT}" y1="{level:.1f}" x2="{WIDTH - RIGHT}" y2="{level:.1f}" {_GRID}/>')
        parts.append(text(LEFT - 6, level + 4, plain(tick, DIGITS), "end"))
    parts += [text(_x(tick, across[-1]), HEIGHT - BOTTOM + 18, plain(tick, DIGITS), "middle") for tick in across]
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle"))
    return [*parts, text(10, TOP - 7, y_label, "start")]


def _x(value: float, x_max: float) -> float:
    return LEFT + value / x_max * (WIDTH - LEFT - RIGHT)


def _y(value: float, y_max: float) -> float:
    return HEIGHT - BOTTOM - value / y_max * (HEIGHT - BOTTOM - TOP)
