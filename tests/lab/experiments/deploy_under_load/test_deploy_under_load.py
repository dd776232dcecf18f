"""``deploy_under_load``: the quick run counts answers by release; the verdict follows from lost requests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from lab.experiments.deploy_under_load import judge
from lab.experiments.deploy_under_load.deploy_runs import AnsweredRequest, DeployRun, DeploySchedule, Switch
from lab.experiments.support.findings import MEASURED, UNDECIDED
from lab.experiments.support.releases import ALIAS, CODE, NEW, OLD
from lab.recorded_traffic import Sample
from tests.support.lab.figures import RunQuick, median

PLAN = DeploySchedule(rate=1.0, deploy_s=10.0, rollback_s=20.0, end_s=30.0, update_s=2.0, overlap_s=2.0)


@pytest.mark.parametrize("way", [CODE, ALIAS])
def test_no_request_is_lost_and_both_releases_answer(finding: RunQuick, way: str) -> None:
    found = finding("deploy_under_load")
    old, new = (median(found, way, f"answered by the {which} release") for which in ("old", "new"))
    assert median(found, way, "errors") == 0
    assert old + new == median(found, way, "requests")
    assert min(old, new) > 0


@pytest.mark.parametrize("way", [CODE, ALIAS])
def test_after_a_step_every_request_gets_its_release(finding: RunQuick, way: str) -> None:
    """With an update that is not over when it says so they would get either."""
    found = finding("deploy_under_load")
    assert median(found, way, "while in progress, answered by the new") == 0
    assert median(found, way, "sent after the deploy, answered by the old") == 0
    assert median(found, way, "sent after the rollback, answered by the new") == 0


def test_new_code_drains_the_old_containers(finding: RunQuick) -> None:
    """If code were not retired, they would stay as long as idle containers do."""
    assert median(finding("deploy_under_load"), CODE, "old containers left before the rollback") == 0


def test_a_rollback_by_alias_meets_warm_containers(finding: RunQuick) -> None:
    found = finding("deploy_under_load")
    assert median(found, ALIAS, "old containers left before the rollback") > 0
    back = "cold starts by the rollback"
    assert median(found, ALIAS, back) < median(found, CODE, back)


def deployed(releases: Sequence[str], *, failed: int = 0, old_left: int = 0) -> DeployRun:
    """Return a run with a request a second; a release that is empty stands for a failure."""
    samples = [Sample(due=at, began=at, ended=at + 0.1, status=200) for at in range(len(releases))]
    lost = [Sample(due=0.0, began=0.0, ended=0.1, status=500)] * failed
    answered = [AnsweredRequest(began=at, ended=at + 0.1, release=each, cold=False) for at, each in enumerate(releases)]
    return DeployRun(
        samples=[*samples, *lost],
        answered=answered,
        deploy=Switch(10.0, 12.0, 14.0),
        rollback=Switch(20.0, 22.0, 24.0),
        old_left=old_left,
        drained_s=0.1,
    )


GOOD = [OLD] * 13 + [NEW] * 10 + [OLD] * 7


@pytest.mark.parametrize(
    ("run", "holds", "basis"),
    [
        pytest.param(deployed(GOOD), None, UNDECIDED, id="nothing lost here says nothing about AWS"),
        pytest.param(deployed(GOOD, failed=1), False, MEASURED, id="a lost request decides"),
        pytest.param(deployed(GOOD, old_left=2), False, MEASURED, id="old containers stayed"),
        pytest.param(deployed([OLD] * 30), False, MEASURED, id="the release never arrived"),
    ],
)
def test_the_verdict_turns_with_one_lost_request(run: DeployRun, holds: bool | None, basis: str) -> None:
    found = judge(PLAN, {CODE: [deployed(GOOD), run], ALIAS: [deployed(GOOD)]})
    assert (found.holds, found.basis) == (holds, basis)
    assert found.verdict.startswith("No: " if holds is False else "In the lab, yes")
    assert f"{sum(each.status != 200 for each in run.samples)} of " in found.verdict


def test_the_overlap_is_counted_by_release() -> None:
    found = judge(PLAN, {CODE: [deployed(GOOD)], ALIAS: [deployed(GOOD)]})
    # sent at 13 and, as one sent at 12 sharp belongs to neither side, no other
    assert median(found, CODE, "in the overlap, answered by the old") == 0
    assert median(found, CODE, "in the overlap, answered by the new") == 1
    assert "the old release answered 0 and the new one 1 requests side by side" in found.verdict
    assert "get along" not in found.verdict, "nothing of the old one was there"


def test_two_releases_have_to_get_along_when_both_answered() -> None:
    mixed = [*GOOD[:13], NEW, *GOOD[14:]]
    run = msgspec.structs.replace(deployed(mixed), deploy=Switch(10.0, 11.5, 14.0))
    found = judge(PLAN, {CODE: [run], ALIAS: [deployed(GOOD)]})
    assert "the old release answered 1 and the new one 1 requests side by side" in found.verdict
    assert ", so that two releases have to get along; " in found.verdict
