"""Draws lines over a scale as SVG, in text that readers can select and colours that both page themes bear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log10
from typing import Final

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 60, 50, 40, 20
_COLOURS: Final = ("#2f81f7", "#d29922", "#8b949e", "#3fb950", "#f85149")


def line_chart(title: str, lines: Mapping[str, Points], *, across: str, up: str) -> str:
    """Return one line per name of points (x, y); both axes begin at zero."""
    most_x = _ceiling(max(x for points in lines.values() for x, _ in points))
    most_y = _ceiling(max(y for points in lines.values() for _, y in points))
    parts = [_text(LEFT, 22, title, "start", bold=True), *_grid(most_x, most_y, across, up)]
    for index, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        placed = " ".join(f"{_x(x, most_x):.1f},{_y(y, most_y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="{LEFT + 12}" y="{TOP + 8 + 18 * index}" width="12" height="3" fill="{colour}"/>')
        parts.append(_text(LEFT + 30, TOP + 13 + 18 * index, name, "start"))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
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
        parts.append(_text(LEFT - 6, level + 4, f"{y:g}", "end"))
        parts.append(_text(_x(x, most_x), HEIGHT - BOTTOM + 18, f"{x:g}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"))
    return [*parts, _text(LEFT - 6, TOP - 8, up, "end")]


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _x(value: float, most: float) -> float:
    return LEFT + value / most * (WIDTH - LEFT - RIGHT)


def _y(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP)


def _ceiling(value: float) -> float:
    """Return the next round number: one, two or five times a power of ten, in fifths."""
    power = 10 ** (ceil(log10(value)) - 1) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 2.5, 5, 7.5, 10) if step * power >= value)
