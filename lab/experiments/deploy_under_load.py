"""A new release under traffic, and its rollback: by new code, as Zappa deploys, and by an alias."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support import releases
from lab.experiments.support.findings import Finding, LineChart, TimelineChart, figure
from lab.experiments.support.invocations import invoke, result
from lab.experiments.support.load import p99, play
from lab.experiments.support.releases import ALIAS, CODE, NEW, OLD
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recording import Sample
from measurement.figures import Figure

WORK_S: Final = 0.08
_BIN_S: Final = 0.1
_TIMEOUT_S: Final = 10.0
# the chart shows this long before and after the deploy
_AROUND_S: Final = 0.6


class DeploySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second, and the seconds at which the release is deployed, rolled back, and the traffic ends."""

    rate: float
    deploy_s: float
    rollback_s: float
    end_s: float


class AnsweredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One answered request: when it was sent and answered, by which release, and whether it was a cold start."""

    began: float
    ended: float
    release: str
    cold: bool


class DeployRun(msgspec.Struct, frozen=True, kw_only=True):
    """One way of deploying under traffic: the requests, the time of each step, and the fate of old containers.

    ``rollback_s`` is when the rollback began. Times are in seconds since the traffic began, which was
    ``zero_s`` seconds after the lab had started.
    """

    zero_s: float
    samples: list[Sample]
    answered: list[AnsweredRequest]
    deployed_s: float
    rollback_s: float
    rolled_back_s: float
    old_left: int
    drained_s: float


def run(workbench: Workbench) -> Finding:
    """Deploy and roll back under the same traffic, by new code and by an alias."""
    plan = workbench.pick(
        DeploySchedule(rate=30.0, deploy_s=0.5, rollback_s=1.1, end_s=1.7),
        DeploySchedule(rate=60.0, deploy_s=6.0, rollback_s=12.0, end_s=18.0),
    )
    runs, charts = {}, []
    for way in workbench.steps("deploy_under_load", (CODE, ALIAS)):
        function = workbench.function("released.handler", name="live", timeout_s=20.0)
        with ThreadPoolExecutor(1) as pool, workbench.lab(function) as lab:
            runs[way] = deploy_run(lab, pool, plan, way)
            charts.append(_timeline_chart(lab, runs[way], way))
    failed = sum(_failed(each) for each in runs.values())
    holds = not failed and not runs[CODE].old_left and all(_served(each, NEW) for each in runs.values())
    return Finding(
        title="Deploying under load",
        claim="A new release under load costs no request; old containers finish their invocations and end.",
        method=f"{plan.rate:.0f} requests a second, each waiting {1000 * WORK_S:.0f} ms. At {plan.deploy_s:g} s the "
        f"second release is deployed, at {plan.rollback_s:g} s it is rolled back, through the Invoke API with "
        "boto3: by UpdateFunctionCode on $LATEST, which is what `zappa update` and `zappa rollback` do, and by "
        "UpdateAlias between two published versions.",
        figures=tuple(each for way, found in runs.items() for each in _figures(way, found)),
        verdict=_verdict(runs, failed, holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title="Which release answered while code was replaced and rolled back",
                across="seconds",
                up="answers in 100 ms",
                lines={release: _per_bin(runs[CODE], release) for release in (OLD, NEW)},
            ),
            *charts,
        ),
    )


def deploy_run(lab: LocalLambda, pool: ThreadPoolExecutor, plan: DeploySchedule, way: str) -> DeployRun:
    """Deploy and roll back in one way while traffic runs."""
    with closing(releases.lambda_client(lab)) as client:
        steps = releases.deploy_first(client, way)
        answered: list[AnsweredRequest] = []
        began, zero_s = time.monotonic(), lab.timeline.now()
        traffic = pool.submit(_play, lab, plan, steps.qualifier, answered, began)
        _sleep_until(began + plan.deploy_s)
        old = {container.name for container in lab.fleet.containers}
        steps.deploy(client)
        deployed_s = time.monotonic() - began
        # new code ends old containers, sooner or later on a busy machine; those of a published version stay
        timeout_s = _TIMEOUT_S if way == CODE else 0.0
        drained_s, old_left = _drained(lab, old, until=began + plan.rollback_s + timeout_s)
        _sleep_until(began + plan.rollback_s)
        rollback_s = time.monotonic() - began
        steps.rollback(client)
        rolled_back_s = time.monotonic() - began
        return DeployRun(
            zero_s=zero_s,
            samples=traffic.result(),
            answered=answered,
            deployed_s=deployed_s,
            rollback_s=rollback_s,
            rolled_back_s=rolled_back_s,
            old_left=old_left,
            drained_s=drained_s,
        )


def _play(
    lab: LocalLambda, plan: DeploySchedule, qualifier: str, answered: list[AnsweredRequest], start: float
) -> list[Sample]:
    due_times = [number / plan.rate for number in range(int(plan.rate * plan.end_s))]
    lock = threading.Lock()

    def call(_: int) -> Outcome:
        began = time.monotonic() - start
        outcome = invoke(lab, "live", {"wait_s": WORK_S}, qualifier)
        if not outcome.error_type:
            with lock:
                ended = time.monotonic() - start
                answered.append(
                    AnsweredRequest(began=began, ended=ended, release=result(outcome)["release"], cold=outcome.cold)
                )
        return outcome

    return play(due_times, call, function="live")


def _drained(lab: LocalLambda, old: set[str], *, until: float) -> tuple[float, int]:
    """Wait until the old containers are gone; return how long that took in seconds, and how many are left."""
    began = time.monotonic()
    while (left := len(old & {each.name for each in lab.fleet.containers})) and time.monotonic() < until:
        time.sleep(0.005)
    return time.monotonic() - began, left


def _sleep_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


def _timeline_chart(lab: LocalLambda, found: DeployRun, way: str) -> TimelineChart:
    middle = found.zero_s + found.deployed_s
    rows = timeline_rows(lab.timeline, begin=max(0.0, middle - _AROUND_S), end=middle + _AROUND_S)
    return TimelineChart(title=f"Containers around a deploy by {way}, in the middle", rows=rows)


def _figures(way: str, found: DeployRun) -> Iterator[Figure]:
    deployed, back = found.deployed_s, found.rolled_back_s
    late = _late(found.answered, OLD, deployed, found.rollback_s)
    yield figure(way, "requests", [len(found.samples)])
    yield figure(way, "errors", [_failed(found)])
    yield figure(way, "answered by the old release", [_served(found, OLD)])
    yield figure(way, "answered by the new release", [_served(found, NEW)])
    yield figure(way, "sent after the deploy, answered by the old", [late])
    yield figure(way, "sent after the rollback, answered by the new", [_late(found.answered, NEW, back, float("inf"))])
    yield figure(way, "cold starts by the deploy", [_cold(found.answered, deployed, back)])
    yield figure(way, "cold starts by the rollback", [_cold(found.answered, back, float("inf"))])
    yield figure(way, "old containers left before the rollback", [found.old_left])
    if not found.old_left:
        yield figure(way, "until the last old container was gone", [1000 * found.drained_s], unit="ms")
    yield figure(way, "latency", [sample.latency_ms for sample in found.samples], unit="ms")
    yield figure(way, "latency, p99", [p99([sample.latency_ms for sample in found.samples])], unit="ms")


def _failed(found: DeployRun) -> int:
    return sum(sample.status != 200 for sample in found.samples)


def _served(found: DeployRun, release: str) -> int:
    return sum(each.release == release for each in found.answered)


def _late(answered: list[AnsweredRequest], release: str, begin: float, end: float) -> int:
    # a request that is in flight when the next step begins may be answered by either release
    return sum(each.release == release and begin < each.began and each.ended < end for each in answered)


def _cold(answered: list[AnsweredRequest], begin: float, end: float) -> int:
    # a request that is sent during the step may be the first to meet the new release
    return sum(each.cold and begin - WORK_S < each.began < end - WORK_S for each in answered)


def _per_bin(found: DeployRun, release: str) -> tuple[tuple[float, float], ...]:
    bins = range(int(max(each.began for each in found.answered) / _BIN_S) + 1)
    counts = [int(each.began / _BIN_S) for each in found.answered if each.release == release]
    return tuple((round(number * _BIN_S, 1), counts.count(number)) for number in bins)


def _verdict(runs: Mapping[str, DeployRun], failed: int, *, holds: bool) -> str:
    code = runs[CODE]
    sent = sum(len(each.samples) for each in runs.values())
    cold = {way: _cold(each.answered, each.rolled_back_s, float("inf")) for way, each in runs.items()}
    return (
        f"{'Yes' if holds else 'No'}: {failed} of {sent} requests failed over two deploys and two rollbacks; "
        f"{code.old_left or 'none'} of the old containers stayed after new code, and the rollback cost {cold[CODE]} "
        f"cold starts by code and {cold[ALIAS]} by an alias"
        f"{', whose old version was still warm' if not cold[ALIAS] else ''}."
    )
