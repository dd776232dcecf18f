"""What a container reports of its requests, events and jobs: log lines, figures of each route and metrics."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import UNSET

from app.runtime import metrics
from app.runtime.log import Log
from app.runtime.request_record import RequestRecord

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


class Telemetry:
    """Where a container reports what it did: log lines, counts per route and, on Lambda, metrics.

    ``function`` is the Lambda function's name, None elsewhere.
    """

    def __init__(self, log: Log, *, function: str | None, now: Callable[[], float]) -> None:
        self.log = log
        self.routes = RouteStats()
        self._function = function
        self._now = now

    def add(self, record: RequestRecord) -> None:
        """Count the record and write its one line, metrics included."""
        document = None
        if (route := record.counted_route) is not None:
            seconds = record.seconds["total"]
            faults = {"error": record.fault == "ours", "source_error": record.fault == "source"}
            self.routes.add(route, seconds, **faults)
            if self._function is not None:
                cold = record.cold is True
                document = metrics.document(
                    self._function, route, now=self._now(), seconds=seconds, cold=cold, **faults
                )
        level = "info" if record.error is UNSET else "warning"
        self.log.write(level, record.line(), metrics=document)
