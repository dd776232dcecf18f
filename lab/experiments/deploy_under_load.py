"""A new release while traffic runs, and the way back: by new code, as Zappa deploys, and by an alias."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.findings import Finding, LineChart, TimelineChart, figure
from lab.experiments.support.invocations import invoke, value
from lab.experiments.support.load import Sample, p99, play
from lab.experiments.support.timeline_rows import spans
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from lab.local_lambda import LocalLambda
from measurement.results import Figure

WORK_S: Final = 0.08
OLD, NEW = "release 1", "release 2"
CODE, ALIAS = "new code", "alias"
_BIN_S: Final = 0.1
_PATIENCE_S: Final = 10.0
# what a picture shows of the time before and after
_AROUND_S: Final = 0.6


class DeploySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second, and when the new release comes, when the old one comes back, and the end, in seconds."""

    rate: float
    deploy_s: float
    rollback_s: float
    end_s: float


class ReleaseSteps(msgspec.Struct, frozen=True):
    """How releases are made to serve: what clients call, and the two steps; each is given the Lambda client."""

    qualifier: str
    deploy: Callable[[Any], object]
    rollback: Callable[[Any], object]


class AnsweredRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One answered request: when it was sent and answered, which release answered, and whether it met a cold start."""

    began: float
    ended: float
    release: str
    cold: bool


class DeployRun(msgspec.Struct, frozen=True, kw_only=True):
    """One way, played: requests, answers, when each step was done, old containers left and how soon they had gone.

    ``returning_s`` is when the way back began. Times in seconds since the traffic began, which was at ``zero_s``
    in the lab's life.
    """

    zero_s: float
    samples: list[Sample]
    seen: list[AnsweredRequest]
    deployed_s: float
    returning_s: float
    rolled_back_s: float
    old_left: int
    drained_s: float


def run(workbench: Workbench) -> Finding:
    """Deploy and roll back twice under the same traffic: by new code and by an alias."""
    plan = workbench.pick(
        DeploySchedule(rate=30.0, deploy_s=0.5, rollback_s=1.1, end_s=1.7),
        DeploySchedule(rate=60.0, deploy_s=6.0, rollback_s=12.0, end_s=18.0),
    )
    courses, charts = {}, []
    for way in workbench.steps("deploy_under_load", (CODE, ALIAS)):
        function = workbench.function("released.handler", name="live", timeout_s=20.0)
        with ThreadPoolExecutor(1) as pool, workbench.lab(function) as lab:
            courses[way] = course(lab, pool, plan, way)
            charts.append(_picture(lab, courses[way], way))
    failed = sum(_failed(each) for each in courses.values())
    holds = not failed and not courses[CODE].old_left and all(_served(each, NEW) for each in courses.values())
    return Finding(
        title="Deploying under load",
        claim="A new release under load costs no request; old containers finish what they serve and go.",
        method=f"{plan.rate:.0f} requests a second, each waiting {1000 * WORK_S:.0f} ms. At {plan.deploy_s:g} s the "
        f"second release comes, at {plan.rollback_s:g} s the first one comes back, through the Invoke API with "
        "boto3: as UpdateFunctionCode on $LATEST, which is what `zappa update` and `zappa rollback` do, and as "
        "UpdateAlias between two published versions.",
        figures=tuple(each for way, found in courses.items() for each in _figures(way, found)),
        verdict=_verdict(courses, failed, holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title="Who answered while code was replaced and put back",
                across="seconds",
                up="answers in 100 ms",
                lines={release: _per_bin(courses[CODE], release) for release in (OLD, NEW)},
            ),
            *charts,
        ),
    )


def package(release: str) -> bytes:
    """Return a zip of one release, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(FUNCTIONS / "released.py", "released.py")
        archive.writestr(zipfile.ZipInfo("release.txt"), release)
    return out.getvalue()


def course(lab: LocalLambda, pool: ThreadPoolExecutor, plan: DeploySchedule, way: str) -> DeployRun:
    """Play the traffic while one way of deploying goes there and back."""
    with closing(_client(lab)) as client:
        steps = _prepare(client, way)
        seen: list[AnsweredRequest] = []
        began, zero_s = time.monotonic(), lab.timeline.now()
        traffic = pool.submit(_play, lab, plan, steps.qualifier, seen, began)
        _sleep_until(began + plan.deploy_s)
        old = {container.name for container in lab.fleet.containers}
        steps.deploy(client)
        deployed_s = time.monotonic() - began
        # new code ends old containers, however long a busy machine takes; those of a version stay
        patience_s = _PATIENCE_S if way == CODE else 0.0
        drained_s, old_left = _drained(lab, old, until=began + plan.rollback_s + patience_s)
        _sleep_until(began + plan.rollback_s)
        returning_s = time.monotonic() - began
        steps.rollback(client)
        rolled_back_s = time.monotonic() - began
        return DeployRun(
            zero_s=zero_s,
            samples=traffic.result(),
            seen=seen,
            deployed_s=deployed_s,
            returning_s=returning_s,
            rolled_back_s=rolled_back_s,
            old_left=old_left,
            drained_s=drained_s,
        )


def _client(lab: LocalLambda) -> Any:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second, which no other experiment needs
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415

    return boto3.client(
        "lambda",
        endpoint_url=lab.invoke_url,
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )


def _prepare(client: Any, way: str) -> ReleaseSteps:
    """Put the first release in place and return how the second one comes and goes."""

    def code(release: str, *, publish: bool = False) -> Callable[[Any], Any]:
        return lambda client: client.update_function_code(
            FunctionName="live", ZipFile=package(release), Publish=publish
        )

    def point(version: str) -> Callable[[Any], object]:
        return lambda client: client.update_alias(FunctionName="live", Name="prod", FunctionVersion=version)

    if way == CODE:
        code(OLD)(client)
        return ReleaseSteps("", code(NEW), code(OLD))
    old, new = (code(release, publish=True)(client)["Version"] for release in (OLD, NEW))
    client.create_alias(FunctionName="live", Name="prod", FunctionVersion=old)
    return ReleaseSteps("prod", point(new), point(old))


def _play(
    lab: LocalLambda, plan: DeploySchedule, qualifier: str, seen: list[AnsweredRequest], start: float
) -> list[Sample]:
    dues = [number / plan.rate for number in range(int(plan.rate * plan.end_s))]
    lock = threading.Lock()

    def call(_: int) -> Outcome:
        began = time.monotonic() - start
        outcome = invoke(lab, "live", {"wait_s": WORK_S}, qualifier)
        if not outcome.error_type:
            with lock:
                ended = time.monotonic() - start
                seen.append(
                    AnsweredRequest(began=began, ended=ended, release=value(outcome)["release"], cold=outcome.cold)
                )
        return outcome

    return play(dues, call, function="live")


def _drained(lab: LocalLambda, old: set[str], *, until: float) -> tuple[float, int]:
    """Wait until the containers of before are gone; return how long that took in seconds, and how many are left."""
    began = time.monotonic()
    while (left := _left(lab, old)) and time.monotonic() < until:
        time.sleep(0.005)
    return time.monotonic() - began, left


def _left(lab: LocalLambda, old: set[str]) -> int:
    return len(old & {container.name for container in lab.fleet.containers})


def _sleep_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))


def _picture(lab: LocalLambda, found: DeployRun, way: str) -> TimelineChart:
    middle = found.zero_s + found.deployed_s
    rows = spans(lab.timeline, begin=max(0.0, middle - _AROUND_S), end=middle + _AROUND_S)
    return TimelineChart(title=f"Containers around a deploy by {way}, in the middle", rows=rows)


def _figures(way: str, found: DeployRun) -> Iterator[Figure]:
    deployed, back = found.deployed_s, found.rolled_back_s
    late = _late(found.seen, OLD, deployed, found.returning_s)
    yield figure(way, "requests", [len(found.samples)])
    yield figure(way, "errors", [_failed(found)])
    yield figure(way, "answered by the old release", [_served(found, OLD)])
    yield figure(way, "answered by the new release", [_served(found, NEW)])
    yield figure(way, "sent after the deploy, answered by the old", [late])
    yield figure(way, "sent after the rollback, answered by the new", [_late(found.seen, NEW, back, float("inf"))])
    yield figure(way, "cold starts by the deploy", [_cold(found.seen, deployed, back)])
    yield figure(way, "cold starts by the rollback", [_cold(found.seen, back, float("inf"))])
    yield figure(way, "old containers left before the rollback", [found.old_left])
    if not found.old_left:
        yield figure(way, "until the last old container was gone", [1000 * found.drained_s], unit="ms")
    yield figure(way, "latency", [sample.latency_ms for sample in found.samples], unit="ms")
    yield figure(way, "latency, p99", [p99([sample.latency_ms for sample in found.samples])], unit="ms")


def _failed(found: DeployRun) -> int:
    return sum(sample.status != 200 for sample in found.samples)


def _served(found: DeployRun, release: str) -> int:
    return sum(each.release == release for each in found.seen)


def _late(seen: list[AnsweredRequest], release: str, begin: float, end: float) -> int:
    # one that is still open when the next step begins may rightly meet what that brings
    return sum(each.release == release and begin < each.began and each.ended < end for each in seen)


def _cold(seen: list[AnsweredRequest], begin: float, end: float) -> int:
    # a request that was sent during the step may be the first to meet what it brought
    return sum(each.cold and begin - WORK_S < each.began < end - WORK_S for each in seen)


def _per_bin(found: DeployRun, release: str) -> tuple[tuple[float, float], ...]:
    bins = range(int(max(each.began for each in found.seen) / _BIN_S) + 1)
    counts = [int(each.began / _BIN_S) for each in found.seen if each.release == release]
    return tuple((round(number * _BIN_S, 1), counts.count(number)) for number in bins)


def _verdict(courses: Mapping[str, DeployRun], failed: int, *, holds: bool) -> str:
    code, alias = courses[CODE], courses[ALIAS]
    sent = sum(len(each.samples) for each in courses.values())
    stayed = f"{code.old_left or 'none'} of the old containers stayed after new code"
    inf = float("inf")
    again = _cold(alias.seen, alias.rolled_back_s, inf)
    return (
        f"{'Yes' if holds else 'No'}: {failed} of {sent} requests failed over two deploys and two rollbacks; "
        f"{stayed}, and the way back cost "
        f"{_cold(code.seen, code.rolled_back_s, inf)} cold starts by code and {again} by an alias"
        f"{', whose old version was still warm' if not again else ''}."
    )
