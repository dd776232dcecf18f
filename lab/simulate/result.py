"""The result of a simulation."""

from __future__ import annotations

import msgspec


class StepSeries(msgspec.Struct, frozen=True, kw_only=True):
    """The run in equal steps, for charts: events are counted per step, containers at its end."""

    step_s: float
    arrivals: tuple[float, ...]
    cold: tuple[float, ...]
    refused: tuple[float, ...]
    containers: tuple[float, ...]
    busy: tuple[float, ...]


class SimulationResult(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of requests, without pings; latencies of those that were served, None when none was.

    ``refused`` is by reason: concurrency, scaling, rate. ``dollars`` is Lambda's part of the bill for the run:
    requests, compute, INIT, pings and provisioned concurrency, without the free tier or a gateway.
    """

    model: str
    seconds: float
    requests: int
    cold: int
    refused: dict[str, int]
    p50_ms: float | None
    p99_ms: float | None
    containers_started: int
    containers_peak: int
    busy_peak: int
    pings: int
    dollars: float
    series: StepSeries

    @property
    def served(self) -> int:
        """Return the requests that were answered."""
        return self.requests - sum(self.refused.values())

    @property
    def cold_share(self) -> float:
        """Return the share of the served requests that met a cold start."""
        return self.cold / self.served if self.served else 0.0

    @property
    def refused_share(self) -> float:
        """Return the share of all requests that were refused."""
        return sum(self.refused.values()) / self.requests if self.requests else 0.0

    @property
    def dollars_a_million(self) -> float | None:
        """Return the dollars for a million served requests."""
        return 1e6 * self.dollars / self.served if self.served else None
