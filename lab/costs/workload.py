"""What a month's traffic uses, in the units AWS counts."""

from __future__ import annotations

import math

import msgspec

from lab.costs.prices import HOURS_A_MONTH, gb_seconds

_KB_A_GB = 1024 * 1024
_SECONDS_A_MONTH = 3600 * HOURS_A_MONTH
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MB_A_VCPU = 1769
# https://aws.amazon.com/api-gateway/pricing/: an HTTP API meters in steps of this
_METERED_KB = 512


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A month: times in milliseconds, memory in MB, shares in 0..1.

    ``duration`` is the mean of an invocation without INIT, ``puts`` and ``gets`` are S3 requests per
    request, ``response_kb`` what leaves AWS per request. Every ``ping_every`` seconds (0: never)
    ``warm`` containers are pinged for ``ping_ms``. ``provisioned`` containers are ready
    ``provisioned_hours`` a day and take ``provisioned_share`` of the requests.
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

    @property
    def pings(self) -> float:
        """Return the invocations a month that only keep containers."""
        return self.warm * _SECONDS_A_MONTH / self.ping_every if self.ping_every else 0.0

    @property
    def ready_share(self) -> float:
        """Return the share of the requests that provisioned containers take."""
        return self.provisioned_share if self.provisioned else 0.0

    @property
    def gb_out(self) -> float:
        """Return what leaves AWS."""
        return self.requests * self.response_kb / _KB_A_GB

    @property
    def ready_gb_seconds(self) -> float:
        """Return what provisioned concurrency is billed for, busy or not."""
        share_of_day = self.provisioned_hours / 24
        return self.provisioned * self.gb_seconds(1000 * _SECONDS_A_MONTH) * share_of_day

    def gb_seconds(self, billed_ms: float) -> float:
        """Return GB-seconds at the function's memory."""
        return gb_seconds(memory_mb=self.memory, billed_ms=billed_ms)

    def calls(self, gateway: str) -> float:
        """Return the requests as a gateway counts them."""
        steps = math.ceil(self.response_kb / _METERED_KB) if gateway == "http" else 1
        return self.requests * max(1, steps)

    def busy_share(self, vcpus: float) -> float:
        """Return how busy this keeps ``vcpus`` of a server, if an invocation's time is all CPU; above 1 is too much."""
        cpu_s = self.duration / 1000 * min(1.0, self.memory / _MB_A_VCPU)
        return self.requests * cpu_s / (_SECONDS_A_MONTH * vcpus)

    def per_second(self) -> float:
        """Return the requests a second, spread evenly."""
        return self.requests / _SECONDS_A_MONTH
