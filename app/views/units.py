"""Figures as people read them: sizes, durations and times with a fitting unit; ``static/units.js`` has their words."""

from __future__ import annotations

from datetime import UTC, datetime
from math import floor
from typing import Final

_SIZES: Final = ("KB", "MB", "GB")
_SPANS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"))
_MIB: Final = 1024 * 1024


def size(count: int) -> str:
    """Return a number of bytes in decimal units, such as 810 KB or 1.4 MB."""
    if count < 1000:
        return f"{count} bytes"
    value = float(count)
    for unit in _SIZES:
        value /= 1000
        # what would be printed as 1000 belongs to the next unit
        if value < 999.5 or unit == _SIZES[-1]:
            break
    return f"{_short(value)} {unit}"


def binary_size(count: int) -> str:
    """Return a limit in MiB, in which limits are set; rounded down, because a byte more is refused."""
    tenths = count * 10 // _MIB
    return f"{tenths / 10 if tenths < 100 else tenths // 10:.10g} MiB"


def duration(milliseconds: float) -> str:
    """Return a duration such as 0.4 ms, 38 ms or 1.2 s."""
    if milliseconds < 999.5:
        return f"{_short(milliseconds)} ms"
    return f"{_short(milliseconds / 1000)} s"


def span(seconds: float) -> str:
    """Return a longer time in its largest unit, such as 12 minutes or 1 day."""
    for length, unit in _SPANS:
        if seconds >= length:
            return _counted(int(seconds // length), unit)
    return _counted(int(max(0, seconds)), "second")


def ago(seconds: float) -> str:
    """Return how long ago something was that is so many seconds old."""
    return f"{span(seconds)} ago" if seconds >= 1 else "just now"


def date(timestamp: float) -> str:
    """Return a Unix time as a date and time of UTC (RFC 3339)."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(value: float) -> str:
    """Return one digit after the point below 10, a whole number from there on; halves are rounded up."""
    scale = 10 if value < 9.95 else 1
    return f"{floor(value * scale + 0.5) / scale:.1f}".removesuffix(".0")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
