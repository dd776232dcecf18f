"""Deploys a release and rolls it back while traffic runs, and records which release answered each request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support import releases
from lab.experiments.support.invocations import invoke, result
from lab.experiments.support.load import play, steady
from lab.experiments.support.releases import CODE
from lab.invoke_api.client import lambda_client
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample

WORK_S: Final = 0.08
_TIMEOUT_S: Final = 10.0


class DeploySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second, and the seconds at which the release is deployed, rolled back, and the traffic ends.

    An update of the code is in progress for ``update_s``, and for ``overlap_s`` after it both releases answer.
    """

    rate: float
    deploy_s: float
    rollback_s: float
    end_s: float
    update_s: float
    overlap_s: float


class AnsweredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One answered request: when it was sent and answered, by which release, and whether it was a cold start."""

    began: float
    ended: float
    release: str
    cold: bool


class Switch(msgspec.Struct, frozen=True):
    """One step: when its call began, when LastUpdateStatus was Successful, and when only one release answers."""

    called_s: float
    updated_s: float
    over_s: float


class DeployRun(msgspec.Struct, frozen=True, kw_only=True):
    """One deploy and its rollback under traffic: the requests, both switches, and the fate of old containers.

    Times are in seconds since the traffic began.
    """

    samples: Sequence[Sample]
    answered: Sequence[AnsweredRequest]
    deploy: Switch
    rollback: Switch
    old_left: int
    drained_s: float


def deploy_run(lab: LocalLambda, pool: ThreadPoolExecutor, plan: DeploySchedule, way: str) -> tuple[DeployRun, float]:
    """Deploy and roll back in one way while traffic runs; also return when it began, in seconds of the lab."""
    overlap_s = plan.overlap_s if way == CODE else 0.0
    with closing(lambda_client(releases.FUNCTION, lab.invoke_url)) as client:
        steps = releases.deploy_first(client, way)
        releases.wait_until_updated(client)
        # until only the first release answers
        time.sleep(overlap_s)
        began, zero_s = time.monotonic(), lab.timeline.now()
        call = partial(invoke, lab, releases.FUNCTION, {"wait_s": WORK_S}, steps.qualifier)
        due_times = steady(plan.rate, plan.end_s)
        traffic = pool.submit(play, due_times, lambda _: call(), function=releases.FUNCTION, began=began)

        def switch(step: releases.Step, at: float) -> Switch:
            _sleep_until(began + at)
            called_s = time.monotonic() - began
            step(client)
            releases.wait_until_updated(client)
            updated_s = time.monotonic() - began
            return Switch(called_s, updated_s, updated_s + overlap_s)

        _sleep_until(began + plan.deploy_s)
        old = {container.name for container in lab.fleet.containers}
        deployed = switch(steps.deploy, plan.deploy_s)
        # new code ends old containers, sooner or later on a busy machine; those of a published version stay
        timeout_s = _TIMEOUT_S if way == CODE else 0.0
        drained_s, old_left = _drained(lab, old, until=began + plan.rollback_s + timeout_s)
        rolled_back = switch(steps.rollback, plan.rollback_s)
        sent = traffic.result()
        outcomes = [(each.sample, each.outcome) for each in sent if each.outcome]
        found = DeployRun(
            samples=[each.sample for each in sent],
            answered=[_answered(sample, outcome) for sample, outcome in outcomes if not outcome.error_type],
            deploy=deployed,
            rollback=rolled_back,
            old_left=old_left,
            drained_s=drained_s,
        )
        return found, zero_s


def _answered(sample: Sample, outcome: Outcome) -> AnsweredRequest:
    release = result(outcome)["release"]
    return AnsweredRequest(began=sample.began, ended=sample.ended, release=release, cold=sample.cold)


def _drained(lab: LocalLambda, old: set[str], *, until: float) -> tuple[float, int]:
    """Wait until the old containers are gone; return how long that took in seconds, and how many are left."""
    began = time.monotonic()
    while (left := len(old & {each.name for each in lab.fleet.containers})) and time.monotonic() < until:
        time.sleep(0.005)
    return time.monotonic() - began, left


def _sleep_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
