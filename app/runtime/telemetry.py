"""What a container can say about itself: counts per route, memory, log lines."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, TextIO

import msgspec

_LEVELS: Final = ("debug", "info", "warning", "error")
_SAMPLES: Final = 512
_ROUTES: Final = 128
_OTHER: Final = "other"


class RouteFigures(msgspec.Struct, frozen=True):
    """One route of this container: durations in milliseconds over the latest requests."""

    count: int
    errors: int
    source_errors: int
    p50_ms: float
    p95_ms: float


class RouteStats:
    """Counts and durations per route, in bounded memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}
        self._seconds: dict[str, deque[float]] = {}

    def add(self, route: str, seconds: float, *, error: bool, source_error: bool) -> None:
        """Count one answered request; an error is a 5xx of our own, a source error the source's."""
        with self._lock:
            if route not in self._counts and len(self._counts) >= _ROUTES:
                route = _OTHER  # a method is any word that the caller makes up
            counts = self._counts.setdefault(route, [0, 0, 0])
            counts[0] += 1
            counts[1] += error
            counts[2] += source_error
            self._seconds.setdefault(route, deque(maxlen=_SAMPLES)).append(seconds)

    def figures(self) -> dict[str, RouteFigures]:
        """Return the figures of every route that was asked, by name."""
        with self._lock:
            return {route: _figures(self._counts[route], self._seconds[route]) for route in sorted(self._counts)}


def _figures(counts: list[int], seconds: deque[float]) -> RouteFigures:
    count, errors, source_errors = counts
    return RouteFigures(count, errors, source_errors, _percentile_ms(seconds, 0.5), _percentile_ms(seconds, 0.95))


def _percentile_ms(samples: deque[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(samples)
    return round(1000 * ranked[math.ceil(share * len(ranked)) - 1], 3)


class Log:
    """One JSON object a line; CloudWatch Logs Insights finds its fields by itself."""

    def __init__(self, level: str, *, stream: TextIO | None = None) -> None:
        self._least = _LEVELS.index(level)
        self._stream = stream

    def write(self, level: str, fields: Mapping[str, Any], *, metrics: Mapping[str, Any] | None = None) -> None:
        """Write one line, unless ``level`` is below the one asked for; ``metrics`` are written whatever the level."""
        wanted = _LEVELS.index(level) >= self._least
        members = {**({"level": level, **fields} if wanted else {}), **(metrics or {})}
        if members:
            line = json.dumps(members, separators=(",", ":"), default=str)
            stream = self._stream or sys.stderr
            stream.write(line + "\n")  # at once, print would let the line of another thread in before the end
            stream.flush()


def memory_mb() -> dict[str, float]:
    """Return resident memory of this process now and at its peak, in MiB; empty where /proc is not."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if line.startswith(("VmRSS", "VmHWM")))
    except OSError:
        return {}
    wanted = {"used": "VmRSS", "peak": "VmHWM"}
    return {name: round(int(lines[field].split()[0]) / 1024, 1) for name, field in wanted.items() if field in lines}
