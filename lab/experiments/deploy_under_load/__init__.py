"""A new release under traffic, and its rollback: by new code, as Zappa deploys, and by an alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from lab.experiments.deploy_under_load.deploy_runs import WORK_S, AnsweredRequest, DeployRun, DeploySchedule, deploy_run
from lab.experiments.support import releases
from lab.experiments.support.findings import MEASURED, UNDECIDED, Finding, LineChart, TimelineChart, figure
from lab.experiments.support.releases import ALIAS, CODE, NEW, OLD
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.figures import Figure, p99

_BIN_S: Final = 0.1
# the chart shows this long before and after the deploy
_AROUND_S: Final = 0.6


Runs = Mapping[str, Sequence[DeployRun]]


def run(workbench: Workbench) -> Finding:
    """Deploy and roll back under the same traffic, by new code and by an alias, several times."""
    plan = workbench.pick(
        DeploySchedule(rate=30.0, deploy_s=0.4, rollback_s=1.4, end_s=2.4, update_s=0.2, overlap_s=0.2),
        DeploySchedule(rate=60.0, deploy_s=1.0, rollback_s=3.0, end_s=5.0, update_s=0.5, overlap_s=0.5),
    )
    runs: dict[str, list[DeployRun]] = {CODE: [], ALIAS: []}
    charts: dict[str, TimelineChart] = {}
    for number in workbench.steps("deploy_under_load", range(workbench.pick(1, 5) * len(runs))):
        way = (CODE, ALIAS)[number % len(runs)]
        function = workbench.function("released.handler", name=releases.FUNCTION, timeout_s=20.0)
        lab = workbench.lab(function, update_s=plan.update_s, overlap_s=plan.overlap_s)
        with ThreadPoolExecutor(1) as pool, lab:
            found, zero_s = deploy_run(lab, pool, plan, way)
            runs[way].append(found)
            charts[way] = _timeline_chart(lab, zero_s + found.deploy.over_s, way)
    return judge(plan, runs, tuple(charts.values()))


def judge(plan: DeploySchedule, runs: Runs, timelines: Sequence[TimelineChart] = ()) -> Finding:
    """Return what follows from the runs: lost requests decide the claim, their absence here does not."""
    every = [each for several in runs.values() for each in several]
    kept = not any(map(_failed, every)) and not any(each.old_left for each in runs[CODE])
    holds = None if kept and all(_served(each.answered, NEW) for each in every) else False
    return Finding(
        title="Deploying under load",
        claim="A new release under load costs no request; old containers finish their invocations and end.",
        method=f"{plan.rate:.0f} requests a second, each waiting {1000 * WORK_S:.0f} ms. At {plan.deploy_s:g} s the "
        f"second release is deployed, at {plan.rollback_s:g} s it is rolled back, through the Invoke API with "
        "boto3: by UpdateFunctionCode on $LATEST, which is what `zappa update` and `zappa rollback` do, and by "
        f"UpdateAlias between two published versions, {len(runs[CODE])} times each. The lab's own switch is atomic, "
        f"and AWS's is not. So an update is in progress for {plan.update_s:g} s, in which the previous code answers, "
        f"as AWS documents; then, for {plan.overlap_s:g} s, old and new containers both answer, the new ones ever "
        "more often. Both times are ours: AWS publishes none. The alias switches at once.",
        figures=tuple(each for way, several in runs.items() for each in _figures(way, several)),
        verdict=_verdict(runs, holds=holds),
        holds=holds,
        basis=UNDECIDED if holds is None else MEASURED,
        charts=(
            LineChart(
                title="Which release answered while code was replaced and rolled back",
                across="seconds",
                up="answers in 100 ms",
                lines={release: _per_bin(runs[CODE][0], release) for release in (OLD, NEW)},
            ),
            *timelines,
        ),
    )


def _timeline_chart(lab: LocalLambda, middle: float, way: str) -> TimelineChart:
    rows = timeline_rows(lab.timeline, begin=max(0.0, middle - _AROUND_S), end=middle + _AROUND_S)
    return TimelineChart(title=f"Containers around a deploy by {way}, in the middle", rows=rows)


def _figures(way: str, runs: Sequence[DeployRun]) -> Iterator[Figure]:
    yield figure(way, "requests", [len(each.samples) for each in runs])
    yield figure(way, "errors", map(_failed, runs))
    yield figure(way, "answered by the old release", [_served(each.answered, OLD) for each in runs])
    yield figure(way, "answered by the new release", [_served(each.answered, NEW) for each in runs])
    in_progress = [_sent(each, each.deploy.called_s, each.deploy.updated_s) for each in runs]
    overlap = [_in_overlap(each) for each in runs]
    after = [_sent(each, each.deploy.over_s, each.rollback.called_s) for each in runs]
    back = [_sent(each, each.rollback.over_s, float("inf")) for each in runs]
    yield figure(way, "while in progress, answered by the new", [_served(each, NEW) for each in in_progress])
    yield figure(way, "in the overlap, answered by the old", [_served(each, OLD) for each in overlap])
    yield figure(way, "in the overlap, answered by the new", [_served(each, NEW) for each in overlap])
    yield figure(way, "sent after the deploy, answered by the old", [_served(each, OLD) for each in after])
    yield figure(way, "sent after the rollback, answered by the new", [_served(each, NEW) for each in back])
    yield figure(way, "cold starts by the deploy", [_cold(each, by_rollback=False) for each in runs])
    yield figure(way, "cold starts by the rollback", [_cold(each, by_rollback=True) for each in runs])
    yield figure(way, "old containers left before the rollback", [each.old_left for each in runs])
    if not any(each.old_left for each in runs):
        yield figure(way, "until the last old container was gone", [1000 * each.drained_s for each in runs], unit="ms")
    latencies = [[sample.latency_ms for sample in each.samples] for each in runs]
    yield figure(way, "latency", [each for several in latencies for each in several], unit="ms")
    yield figure(way, "latency, p99", [p99(several) for several in latencies], unit="ms")


def _failed(found: DeployRun) -> int:
    return sum(sample.status != 200 for sample in found.samples)


def _served(answered: Sequence[AnsweredRequest], release: str) -> int:
    return sum(each.release == release for each in answered)


def _sent(found: DeployRun, begin: float, end: float) -> list[AnsweredRequest]:
    """Return the requests between two times; one that is in flight when the next step begins may get either release."""
    return [each for each in found.answered if begin < each.began and each.ended < end]


def _in_overlap(found: DeployRun) -> list[AnsweredRequest]:
    """Return the requests sent while both releases answer; a cold start may end much later."""
    return [each for each in found.answered if found.deploy.updated_s < each.began < found.deploy.over_s]


def _cold(found: DeployRun, *, by_rollback: bool) -> int:
    begin, end = found.deploy.called_s, found.rollback.called_s
    if by_rollback:
        begin, end = end, float("inf")
    # a request that is sent during the step may be the first to meet the new release
    return sum(each.cold and begin - WORK_S < each.began < end - WORK_S for each in found.answered)


def _per_bin(found: DeployRun, release: str) -> tuple[tuple[float, float], ...]:
    bins = range(int(max(each.began for each in found.answered) / _BIN_S) + 1)
    counts = [int(each.began / _BIN_S) for each in found.answered if each.release == release]
    return tuple((round(number * _BIN_S, 1), counts.count(number)) for number in bins)


def _verdict(runs: Runs, *, holds: bool | None) -> str:
    every = [each for several in runs.values() for each in several]
    overlap = [each for found in runs[CODE] for each in _in_overlap(found)]
    cold = {
        way: figure("", "", [_cold(each, by_rollback=True) for each in several]).spread.median
        for way, several in runs.items()
    }
    old, new = _served(overlap, OLD), _served(overlap, NEW)
    both = ", so that two releases have to get along" if old and new else ""
    left = sum(each.old_left for each in runs[CODE])
    answer = "No" if holds is False else "In the lab, yes, on AWS it cannot be decided on this machine"
    return (
        f"{answer}: {sum(map(_failed, every))} of {sum(len(each.samples) for each in every)} requests failed over "
        f"{len(every)} deploys and as many rollbacks; after new code the old release answered {old} and the new "
        f"one {new} requests side by side, for a time that AWS does not publish{both}; {left or 'none'} of the old "
        f"containers stayed; a rollback cost {cold[CODE]:g} cold starts by code and {cold[ALIAS]:g} by an alias"
        f"{', whose old version was still warm' if not cold[ALIAS] else ''} (n = {len(runs[CODE])} each)."
    )
