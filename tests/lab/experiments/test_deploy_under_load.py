"""The quick run of ``deploy_under_load``: answers are counted by release."""

from __future__ import annotations

import pytest

from lab.experiments.support.releases import ALIAS, CODE
from tests.support.lab.figures import RunQuick, median


@pytest.mark.parametrize("way", [CODE, ALIAS])
def test_no_request_is_lost_and_both_releases_answer(finding: RunQuick, way: str) -> None:
    found = finding("deploy_under_load")
    old, new = (median(found, way, f"answered by the {which} release") for which in ("old", "new"))
    assert median(found, way, "errors") == 0
    assert old + new == median(found, way, "requests")
    assert min(old, new) > 0


@pytest.mark.parametrize("way", [CODE, ALIAS])
def test_after_a_step_every_request_gets_its_release(finding: RunQuick, way: str) -> None:
    found = finding("deploy_under_load")
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
