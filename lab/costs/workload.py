"""A month's traffic in the units that AWS bills."""

from __future__ import annotations

import math

import msgspec

from lab.costs.prices import HOURS_A_MONTH, gb_seconds
from lab.traits import VCPU_MB

_KB_A_GB = 1024 * 1024
_BYTES_A_GB = 1024**3
_SECONDS_A_MONTH = 3600 * HOURS_A_MONTH
# https://aws.amazon.com/api-gateway/pricing/: an HTTP API counts every 512 KB as a request
_METERED_KB = 512
# as app/events/schedule.py: all are held until the last is reached
_SEND_MS = 50.0


def held_ms(ping_ms: float, warm: int) -> float:
    """Return how long a ping occupies each of its ``warm`` containers, ``ping_ms`` if it is one, in milliseconds."""
    return ping_ms + (warm - 1) * _SEND_MS


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A month: times in milliseconds, memory in MB, shares in 0..1.

    ``duration`` is the mean of what is billed for an invocation without INIT, whole milliseconds each; ``puts`` and
    ``gets`` are S3 requests, and ``response_kb`` the data sent out of AWS, per request. Every ``ping_every``
    seconds (0: never) a ping occupies one container for ``ping_ms``, or each of ``warm`` for ``held_ms``.
    ``provisioned`` containers are ready for ``provisioned_hours`` a day and serve ``provisioned_share`` of the
    requests. CloudFront, if there is one, answers ``edge_share`` of the requests itself. ``metrics`` and ``alarms``
    are custom metrics and metrics that alarms read; every request that is not answered at the edge writes
    ``log_bytes``.
    """

    requests: float
    memory: int = 1024
    duration: float = 120.0
    cold_share: float = 0.01
    init_ms: float = 600.0
    response_kb: float = 0.0
    puts: float = 0.0
    gets: float = 0.0
    stored_gb: float = 0.0
    ping_every: float = 0.0
    warm: int = 1
    ping_ms: float = 75.0
    provisioned: int = 0
    provisioned_hours: float = 24.0
    provisioned_share: float = 1.0
    edge_share: float = 0.0
    metrics: int = 0
    alarms: int = 0
    log_bytes: float = 0.0

    def at_origin(self) -> Workload:
        """Return the month as Lambda or the servers see it: without what CloudFront answers itself."""
        return msgspec.structs.replace(self, requests=self.requests * (1 - self.edge_share))

    @property
    def pings(self) -> float:
        """Return the keep-warm invocations a month."""
        return self.warm * _SECONDS_A_MONTH / self.ping_every if self.ping_every else 0.0

    @property
    def held_ms(self) -> float:
        """Return how long a ping occupies each of its containers, in milliseconds."""
        return held_ms(self.ping_ms, self.warm)

    @property
    def ready_share(self) -> float:
        """Return the share of the requests that provisioned containers serve, of as many as they have time for."""
        busy_s = self.requests * self.duration / 1000
        ready_s = self.provisioned * self.provisioned_hours / 24 * _SECONDS_A_MONTH
        return min(self.provisioned_share, ready_s / busy_s) if busy_s else self.provisioned_share

    @property
    def gb_out(self) -> float:
        """Return the GB sent out of AWS."""
        return self.requests * self.response_kb / _KB_A_GB

    @property
    def log_gb(self) -> float:
        """Return the GB of logs."""
        return self.requests * self.log_bytes / _BYTES_A_GB

    @property
    def ready_gb_seconds(self) -> float:
        """Return the GB-seconds of provisioned concurrency, which are billed busy or not."""
        share_of_day = self.provisioned_hours / 24
        return self.provisioned * self.gb_seconds(1000 * _SECONDS_A_MONTH) * share_of_day

    def gb_seconds(self, billed_ms: float) -> float:
        """Return GB-seconds at the function's memory size."""
        return gb_seconds(memory_mb=self.memory, billed_ms=billed_ms)

    def metered_calls(self, gateway: str) -> float:
        """Return the requests as this kind of gateway bills them."""
        steps = math.ceil(self.response_kb / _METERED_KB) if gateway == "http" else 1
        return self.requests * max(1, steps)

    def busy_share(self, vcpus: float) -> float:
        """Return the load on ``vcpus`` of a server, if an invocation's time is all CPU; above 1 is overload."""
        cpu_s = self.duration / 1000 * min(1.0, self.memory / VCPU_MB)
        return self.at_origin().requests * cpu_s / (_SECONDS_A_MONTH * vcpus)

    def per_second(self) -> float:
        """Return the mean number of requests a second."""
        return self.requests / _SECONDS_A_MONTH
