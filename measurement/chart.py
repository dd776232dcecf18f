"""Draws lines and bars as SVG, in text that readers can select and colours that both page themes bear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log10
from typing import Final

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 60, 50, 40, 20
# Bars lie on their side: names to the left of BESIDE, one bar every STEP, room for its value behind the longest.
BESIDE, STEP, THICK, BEHIND = 190, 26, 18, 60
_COLOURS: Final = ("#2f81f7", "#d29922", "#8b949e", "#3fb950", "#f85149")


def line_chart(title: str, lines: Mapping[str, Points], *, across: str, up: str) -> str:
    """Return one line per name of points (x, y); both axes begin at zero."""
    most_x = _ceiling(max(x for points in lines.values() for x, _ in points))
    most_y = _ceiling(max(y for points in lines.values() for _, y in points))
    parts = [words_at(10, 16, title, "start", bold=True), *_grid(most_x, most_y, across, up)]
    for index, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        placed = " ".join(f"{_x(x, most_x):.1f},{_y(y, most_y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 8 + 18 * index}" width="12" height="3" fill="{colour}"/>')
        parts.append(words_at(LEFT + 30, TOP + 13 + 18 * index, name, "start"))
    return picture(title, parts, HEIGHT)


def bar_chart(title: str, bars: Mapping[str, float], *, across: str) -> str:
    """Return one bar per name, with its value behind it, from zero, first name on top; no value may be negative."""
    most, top = _ceiling(max(bars.values())), TOP
    parts = _bar_frame(title, list(bars), top, most, across)
    for row, value in enumerate(bars.values()):
        y, right = top + STEP * row, _right(value, most)
        parts.append(block(BESIDE, y, right - BESIDE, _COLOURS[0]))
        parts.append(words_at(right + 6, y + 13, f"{value:g}", "start"))
    return picture(title, parts, top + STEP * len(bars) + BOTTOM)


def stacked_bars(title: str, cases: Mapping[str, Mapping[str, float]], *, across: str) -> str:
    """Return one bar per case made of its parts; a part has one colour in all, told in a line under the title."""
    names = list(dict.fromkeys(name for parts in cases.values() for name in parts))
    most, top = _ceiling(round(max(sum(parts.values()) for parts in cases.values()), 9)), TOP + 24
    drawn = [*_legend(names), *_bar_frame(title, list(cases), top, most, across)]
    for row, parts in enumerate(cases.values()):
        left, y = float(BESIDE), top + STEP * row
        for name, value in parts.items():
            wide = _right(value, most) - BESIDE
            drawn.append(block(left, y, wide, _COLOURS[names.index(name) % len(_COLOURS)]))
            words = f"{value:.3g}"
            if wide > 9 * len(words):  # else it would not fit, and the table has it
                drawn.append(words_at(left + wide / 2, y + 13, words, "middle", fill="#0d1117"))
            left += wide
    return picture(title, drawn, top + STEP * len(cases) + BOTTOM)


def _bar_frame(title: str, names: Sequence[str], top: int, most: float, across: str) -> list[str]:
    """Return the title, the scale below, and the name beside each bar."""
    low = top + STEP * len(names)
    parts = [words_at(10, 22, title, "start", bold=True)]
    for step in range(6):
        x = _right(step * most / 5, most)
        parts.append(
            f'<line x1="{x:.1f}" y1="{top - 4}" x2="{x:.1f}" y2="{low}" stroke="#8b949e" stroke-opacity="0.3"/>'
        )
        parts.append(words_at(x, low + 16, f"{step * most / 5:g}", "middle"))
    parts.append(words_at((BESIDE + WIDTH - BEHIND) / 2, low + 38, across, "middle"))
    return [*parts, *(words_at(BESIDE - 8, top + STEP * row + 13, name, "end") for row, name in enumerate(names))]


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(BESIDE)
    for index, name in enumerate(names):
        parts.append(f'<rect x="{x:.1f}" y="37" width="12" height="12" fill="{_COLOURS[index % len(_COLOURS)]}"/>')
        parts.append(words_at(x + 18, 47, name, "start"))
        x += 40 + 7 * len(name)
    return parts


def block(x: float, y: float, wide: float, colour: str, *, thick: int = THICK) -> str:
    """Return a lying bar."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{thick}" fill="{colour}"/>'


def _right(value: float, most: float) -> float:
    return BESIDE + value / most * (WIDTH - BESIDE - BEHIND)


def picture(title: str, parts: Sequence[str], height: float) -> str:
    """Return the whole drawing, WIDTH wide, from its parts."""
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" fill="#8b949e" role="img" aria-label="{escape(title)}">\n{body}\n</svg>\n'
    )


def _grid(most_x: float, most_y: float, across: str, up: str) -> list[str]:
    parts = []
    for step in range(6):
        x, y = step * most_x / 5, step * most_y / 5
        level = _y(y, most_y)
        parts.append(
            f'<line x1="{LEFT}" y1="{level:.1f}" x2="{WIDTH - RIGHT}" y2="{level:.1f}" stroke="#8b949e" '
            'stroke-opacity="0.3"/>'
        )
        parts.append(words_at(LEFT - 6, level + 4, f"{y:g}", "end"))
        parts.append(words_at(_x(x, most_x), HEIGHT - BOTTOM + 18, f"{x:g}", "middle"))
    parts.append(words_at((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"))
    return [*parts, words_at(10, TOP - 7, up, "start")]


def words_at(x: float, y: float, words: str, anchor: str, *, bold: bool = False, fill: str = "") -> str:
    """Return words whose start, middle or end is at x; any text may be given."""
    more = (' font-weight="bold"' if bold else "") + (f' fill="{fill}"' if fill else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _x(value: float, most: float) -> float:
    return LEFT + value / most * (WIDTH - LEFT - RIGHT)


def _y(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP)


def _ceiling(value: float) -> float:
    """Return the next round number: one, two or five times a power of ten, in fifths."""
    power = 10 ** (ceil(log10(value)) - 1) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 2.5, 5, 7.5, 10) if step * power >= value)
