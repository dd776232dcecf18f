"""What a container reports about itself: log lines, counts per route and memory."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

import msgspec

from app.runtime import redact

_LEVELS: Final = ("debug", "info", "warning", "error")
_SAMPLES: Final = 512
_ROUTES: Final = 128
_OTHER: Final = "other"


class RouteFigures(msgspec.Struct, frozen=True):
    """One route of this container; durations in milliseconds, over the latest requests."""

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
        """Count one answered request; an error is a 5xx of ours, a source error a failure of the URL source."""
        with self._lock:
            if route not in self._counts and len(self._counts) >= _ROUTES:
                route = _OTHER  # callers can make up methods
            counts = self._counts.setdefault(route, [0, 0, 0])
            counts[0] += 1
            counts[1] += error
            counts[2] += source_error
            self._seconds.setdefault(route, deque(maxlen=_SAMPLES)).append(seconds)

    def figures(self) -> dict[str, RouteFigures]:
        """Return the figures of every route that was called, by name."""
        with self._lock:
            return {
                route: RouteFigures(*counts, *(_percentile_ms(self._seconds[route], share) for share in (0.5, 0.95)))
                for route, counts in sorted(self._counts.items())
            }


def _percentile_ms(samples: deque[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(samples)
    return round(1000 * ranked[math.ceil(share * len(ranked)) - 1], 3)


class Log:
    """Writes one JSON object per line; CloudWatch Logs Insights discovers the fields."""

    def __init__(self, level: str, *, stream: TextIO | None = None) -> None:
        self._least = _LEVELS.index(level)
        self._stream = stream

    def write(self, level: str, fields: Mapping[str, Any], *, metrics: Mapping[str, Any] | None = None) -> None:
        """Write one line if ``level`` is at or above the log's own; ``metrics`` are written at any level."""
        is_logged = _LEVELS.index(level) >= self._least
        members = {**({"level": level, **fields} if is_logged else {}), **(metrics or {})}
        if members:
            line = json.dumps(members, separators=(",", ":"), default=str)
            stream = self._stream or sys.stderr
            with suppress(OSError):  # a full disk below the log must not fail the request
                stream.write(line + "\n")  # in one call: print() lets another thread write before the newline
                stream.flush()

    def bug(self, exc: BaseException, **fields: str) -> None:
        """Write the whole traceback of a fault of ours; ``fields`` say where it happened."""
        import traceback

        trace = redact.queries("".join(traceback.format_exception(exc)))
        self.write("error", {"event": "bug", **fields, "trace": trace})


def memory_mb() -> dict[str, float]:
    """Return resident memory of this process, now and at its peak, in MiB; empty where there is no /proc."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if line.startswith(("VmRSS", "VmHWM")))
    except OSError:
        return {}
    fields = {"used": "VmRSS", "peak": "VmHWM"}
    return {name: round(int(lines[field].split()[0]) / 1024, 1) for name, field in fields.items() if field in lines}
