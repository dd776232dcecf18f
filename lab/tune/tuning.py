"""The result of tuning as frozen values: what was measured at each memory setting, and which one to take.

The balanced setting is that of https://github.com/alexcasalboni/aws-lambda-power-tuning, strategy "balanced".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from lab.errors import LabError
from measurement.figures import Spread

# a run that waited for a core for less than this part of its time was not kept from its share by other work
_WAITED: Final = 0.05


class NothingWorked(LabError):
    """The function failed at every setting."""


class TunedSetting(msgspec.Struct, frozen=True, kw_only=True):
    """One memory setting; ``vcpus`` is what Lambda gives for it. Durations are in ms, memory in MB.

    ``cold_ms`` is INIT with the first invocation, ``dollars`` the price of a million warm requests. ``cpu`` is the CPU
    over the time of each warm run, ``waited`` the part of that time in which it waited for a core. There are no figures
    with a ``failure``.
    """

    memory_mb: int
    vcpus: float
    peak_mb: int = 0
    init_ms: Spread | None = None
    cold_ms: Spread | None = None
    warm_ms: Spread | None = None
    dollars: Spread | None = None
    cpu: Spread | None = None
    waited: Spread | None = None
    failure: str = ""

    @property
    def ms(self) -> float:
        """Return the median duration of a warm invocation; infinite with a failure."""
        return self.warm_ms.median if self.warm_ms else float("inf")

    @property
    def price(self) -> float:
        """Return the median price of a million requests; infinite with a failure."""
        return self.dollars.median if self.dollars else float("inf")

    @property
    def got(self) -> float | None:
        """Return how many times its share of the CPU a warm run got, or of one CPU if its share is more than that.

        None when it wanted less: a run that waits for something else than a core uses less than it may.
        """
        if not self.cpu or not self.waited:
            return None
        got = self.cpu.median / min(1.0, self.vcpus)
        return got if got >= 1 or self.waited.median > _WAITED else None


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, the best of them in MB, and what they were measured with.

    ``statuses`` counts the HTTP statuses among the answers, ``load`` is the machine's load average before, and
    ``throttled`` says whether the CPU share was applied.
    """

    date: str
    machine: Mapping[str, str]
    load: float
    throttled: bool
    warm_runs: int
    cold_starts: int
    region: str
    prices_of: str
    settings: tuple[TunedSetting, ...]
    cheapest_mb: int
    fastest_mb: int
    balanced_mb: int
    balance: float
    statuses: Mapping[str, int]


def best(settings: tuple[TunedSetting, ...], balance: float) -> tuple[int, int, int]:
    """Return the cheapest, the fastest and the balanced setting in MB; raise NothingWorked.

    ``balance`` weighs the price against the duration, each relative to the highest: 1 is the cheapest, 0 the fastest.
    """
    working = [each for each in settings if not each.failure]
    if not working:
        raise NothingWorked(f"the function failed at every setting: {settings[0].failure}")
    dearest, slowest = max(each.price for each in working), max(each.ms for each in working)

    def weighed(setting: TunedSetting) -> float:
        return balance * setting.price / dearest + (1 - balance) * setting.ms / slowest

    return (
        min(working, key=lambda each: (each.price, each.ms)).memory_mb,
        min(working, key=lambda each: (each.ms, each.price)).memory_mb,
        min(working, key=weighed).memory_mb,
    )
