"""Runs one event at every memory setting, in rounds, so that what else this machine does meets them all alike."""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from lab.account.function import Function, Key
from lab.containers.outcomes import Outcome
from lab.containers.report_line import InvocationReport
from lab.costs import prices
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits
from lab.tune.tuning import TunedSetting, Tuning, best
from measurement.figures import Spread
from measurement.json_value import UnexpectedJson, decoded
from measurement.machine import machine

_AWS: Final = Traits()


class _Trial:
    """One setting while it is measured."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.cold: list[InvocationReport] = []
        self.warm: list[InvocationReport] = []
        # of the time of each warm run, the parts in which it ran and waited for a core
        self.cpu: list[float] = []
        self.waited: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.failure = ""

    def deploy_again(self) -> Key:
        """Give the function another key, so that the next run is cold, and return the one before."""
        before = self.function.key
        self.function = msgspec.structs.replace(self.function, code=str(len(self.cold)))
        return before

    def take(self, outcome: Outcome) -> None:
        """Keep an outcome; after a failure nothing counts any more."""
        self.failure = self.failure or outcome.error_type
        (self.cold if outcome.cold else self.warm).append(outcome.report)
        if not outcome.cold:
            self.cpu.append(outcome.cpu_ms / outcome.report.duration_ms)
            self.waited.append(outcome.waited_ms / outcome.report.duration_ms)
        if status := _http_status(outcome.payload):
            self.statuses[status] += 1

    def result(self) -> TunedSetting:
        """Return the figures of the setting."""
        memory_mb, vcpus = self.function.memory_mb, round(self.function.vcpus, 2)
        if self.failure:
            return TunedSetting(memory_mb=memory_mb, vcpus=vcpus, failure=self.failure)
        return TunedSetting(
            memory_mb=memory_mb,
            vcpus=vcpus,
            peak_mb=max(each.max_memory_mb for each in (*self.cold, *self.warm)),
            init_ms=Spread.of(each.init_ms or 0.0 for each in self.cold),
            cold_ms=Spread.of((each.init_ms or 0.0) + each.duration_ms for each in self.cold),
            warm_ms=Spread.of(each.duration_ms for each in self.warm),
            dollars=Spread.of(prices.a_million(memory_mb=memory_mb, billed_ms=each.billed_ms) for each in self.warm),
            cpu=Spread.of(self.cpu),
            waited=Spread.of(self.waited),
        )


def tune(
    function: Function,
    event: bytes,
    *,
    memories_mb: Sequence[int],
    warm_runs: int,
    cold_starts: int,
    balance: float,
    platform: Traits = _AWS,
) -> Tuning:
    """Return what the event costs at each memory setting; raise NothingWorked, TooLarge and SetupError.

    The ``platform`` gets the throttle of `serve --cpu-share`, and ends no idle container: a round may take long.
    """
    functions = [
        msgspec.structs.replace(function, name=f"{function.name}-{memory_mb}", memory_mb=memory_mb)
        for memory_mb in memories_mb
    ]
    trials = [_Trial(each) for each in functions]
    load = os.getloadavg()[0]
    traits = msgspec.structs.replace(platform, cpu_share=True, idle_s=math.inf)
    with LocalLambda(lambda directory: functions, Options(traits=traits)) as lab:
        for number in range(cold_starts + warm_runs):
            for trial in trials:
                _run(lab, trial, event, cold=number < cold_starts)
    settings = tuple(trial.result() for trial in trials)
    cheapest_mb, fastest_mb, balanced_mb = best(settings, balance)
    return Tuning(
        date=datetime.now(UTC).date().isoformat(),
        machine=machine(),
        load=round(load, 1),
        throttled=sys.platform == "linux",
        warm_runs=warm_runs,
        cold_starts=cold_starts,
        region=prices.AWS.region,
        prices_of=prices.AWS.read_on,
        settings=settings,
        cheapest_mb=cheapest_mb,
        fastest_mb=fastest_mb,
        balanced_mb=balanced_mb,
        balance=balance,
        statuses=sum((trial.statuses for trial in trials), Counter()),
    )


def _run(lab: LocalLambda, trial: _Trial, event: bytes, *, cold: bool) -> None:
    if trial.failure:
        return
    if cold:
        # a container of the run before may still be waiting for its next event
        lab.fleet.retire({trial.deploy_again()})
    trial.take(lab.fleet.invoke(trial.function, event))


def _http_status(payload: bytes) -> str:
    """Return the status of a gateway's answer, empty for any other answer."""
    try:
        answer = decoded(payload)
    except UnexpectedJson:
        return ""
    return str(answer["statusCode"]) if isinstance(answer, dict) and "statusCode" in answer else ""
