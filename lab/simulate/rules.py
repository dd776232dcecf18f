"""The rules of the platform that the simulation applies."""

from __future__ import annotations

from typing import Literal

import msgspec

from lab.costs.workload import held_ms


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds; ``ping_ms``, of a ping to a single container, and ``held_ms`` in milliseconds.

    ``limit`` is the account's concurrency; requests a second are limited to ``rate_per_concurrency`` times
    that. A function gains at most ``scaling`` containers every ``scaling_s`` seconds, refilled
    continuously. ``attach_s`` is what a network interface adds to a cold start; it is not billed.
    ``starters`` is how many containers may initialize at once, 0 for any number: a limit of the lab's machine.
    Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and
    https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
    """

    limit: int = 1000
    rate_per_concurrency: float = 10.0
    scaling: int = 1000
    scaling_s: float = 10.0
    idle_s: float = 300.0
    reuse: Literal["most_recent", "oldest"] = "most_recent"
    provisioned: int = 0
    attach_s: float = 0.0
    ping_every: float = 0.0
    warm: int = 1
    ping_ms: float = 75.0
    starters: int = 0

    @property
    def max_rate(self) -> float:
        """Return the account's limit on requests a second."""
        return self.limit * self.rate_per_concurrency

    def pings(self, seconds: float) -> float:
        """Return about how many pings are sent in so many seconds, one for each container kept warm."""
        return self.warm * seconds / self.ping_every if self.ping_every else 0.0

    @property
    def held_ms(self) -> float:
        """Return how long a ping occupies each of its containers."""
        return held_ms(self.ping_ms, self.warm)
