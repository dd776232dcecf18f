"""What the stage ``production`` adds, as Zappa 0.63 sends it to AWS, and what that does behind API Gateway."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.http.server import Request
from tests.infra.iam import allows
from tests.stand import redrive, stack
from tests.stand.aws import Stand
from tests.stand.backend import ACCOUNT
from tests.stand.justified import ONLY_PRODUCTION
from tests.stand.observed import Seen, integrations, left, observe
from tests.stand.project import Project
from tests.stand.redrive import LOCKED, POISON, Redriven, by_key, told
from tests.stand.rights import Need, needs
from tests.stand.signed import DEPLOYER, FUNCTION

NAME = "monolambda-production"
ALIAS = "provisioned-concurrency"


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """The stage as its settings have it, what fails there, then with SnapStart as its alias, then gone."""

    around: dict[str, str]
    sent: list[Request]
    deployed: Seen
    behind: set[str]
    served: list[str]
    provisioned: dict[tuple[str, str], int]
    sent_with_snap_start: list[Request]
    behind_with_snap_start: set[str]
    served_with_snap_start: list[str]
    settings: dict[str, Any]
    redriven: Redriven
    left: list[str]
    needed: set[Need]
    used: set[Need]


@pytest.fixture(scope="module")
def launch(stand: Stand, project: Project, package_zip: Path) -> Launch:
    """Deploy the stage once, then change it once."""
    around = stack.create(stand, project.root, "production")
    variables = {"MONOLAMBDA_STORAGE": around["Storage"], "MONOLAMBDA_DEAD_LETTER_URL": around["DeadLetterUrl"]}
    project.settings("production", dead_letter_arn=around["DeadLetterArn"], aws_environment_variables=variables)
    settings = msgspec.json.decode((project.root / "zappa_settings.json").read_bytes())
    first = start = len(stand.calls)
    runs = len(stand.containers.runs)
    project.zappa("deploy production")
    sent, served = stand.calls[start:], _versions(stand, runs)
    deployed = observe(stand, NAME)
    behind = integrations(stand, deployed.api["id"])
    provisioned = dict(stand.provisioned)
    redriven = redrive.perform(stand, project.root, around)
    project.settings("production", provisioned_concurrency=None, snap_start="PublishedVersions")
    start, runs = len(stand.calls), len(stand.containers.runs)
    # with the zip built already: what it holds is the other test's matter
    project.zappa(f"update production --zip {package_zip}")
    sent_with_snap_start, served_with_snap_start = stand.calls[start:], _versions(stand, runs)
    behind_with_snap_start = integrations(stand, deployed.api["id"])
    project.zappa("undeploy production -y")
    return Launch(
        around=around,
        sent=sent,
        deployed=deployed,
        behind=behind,
        served=served,
        provisioned=provisioned,
        sent_with_snap_start=sent_with_snap_start,
        behind_with_snap_start=behind_with_snap_start,
        served_with_snap_start=served_with_snap_start,
        settings=settings["dev"] | settings["production"],
        redriven=redriven,
        left=left(stand, NAME),
        needed=needs(stand.calls[first:], DEPLOYER),
        used=needs(stand.calls[first:], FUNCTION),
    )


def _versions(stand: Stand, start: int) -> list[str]:
    return [run.version for run in stand.containers.runs[start:]]


def _body(sent: list[Request], method: str, ending: str) -> dict[str, Any]:
    found = [each.body for each in sent if each.method == method and re.search(f"{ending}$", each.path)]
    assert len(found) == 1, f"{method} {ending}: {len(found)}"
    body: dict[str, Any] = msgspec.json.decode(found[0])
    return body


def test_creation_names_dead_letters_tracing_and_no_snap_start(launch: Launch) -> None:
    created = _body(launch.sent, "POST", "/functions")
    assert created["DeadLetterConfig"]["TargetArn"].endswith(f":{ACCOUNT}:monolambda-production-failed")
    assert created["TracingConfig"] == {"Mode": "Active"}
    assert created["SnapStart"] == {"ApplyOn": "None"}
    assert created["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].endswith("/production")


def test_concurrency_is_reserved(launch: Launch) -> None:
    asked = launch.settings["lambda_concurrency"]
    assert _body(launch.sent, "PUT", "/concurrency") == {"ReservedConcurrentExecutions": asked}
    assert launch.deployed.reserved == asked


def test_provisioned_containers_are_those_that_the_api_calls(launch: Launch) -> None:
    """Zappa provisions a version, and its alias is what API Gateway invokes."""
    asked = launch.settings["provisioned_concurrency"]
    assert _body(launch.sent, "PUT", "/provisioned-concurrency") == {"ProvisionedConcurrentExecutions": asked}
    assert launch.provisioned == {(NAME, "1"): asked}
    assert launch.behind
    assert all(f":{NAME}:{ALIAS}/invocations" in uri for uri in launch.behind)
    assert launch.served == ["1"]


def test_role_has_the_policy_of_this_stage(launch: Launch, project: Project) -> None:
    ours = msgspec.json.decode((project.root / launch.settings["attach_policy"]).read_bytes())
    assert launch.deployed.role_policies == {"zappa-permissions": ours}
    assert "production/originals" in str(ours)
    assert "dev/" not in str(ours)


def test_no_rule_keeps_latest_warm_for_nobody(launch: Launch) -> None:
    """A keep-warm rule invokes $LATEST, which serves no request of the API while an alias does."""
    assert launch.settings["keep_warm"] is False
    assert [rule["Name"] for rule in launch.deployed.rules] == ["monolambda-production-purge-app.events.schedule"]


def test_inbox_of_this_stage_wakes_the_function(launch: Launch) -> None:
    (trigger,) = launch.deployed.triggers
    assert trigger["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "production/inbox/"}]
    assert f"/{launch.around['Storage'].split('/')[2]}" not in trigger["LambdaFunctionArn"]


def test_what_may_work_later_is_tried_three_times_and_what_cannot_once(launch: Launch) -> None:
    attempts = launch.redriven.attempts
    assert sorted(attempts.values()) == [1, 3]
    assert {key for key, _ in attempts} == {LOCKED, POISON}
    assert max(attempts, key=lambda each: attempts[each])[0] == LOCKED


def test_letters_are_the_events_themselves_with_their_reasons(launch: Launch) -> None:
    letters = by_key(launch.redriven.letters)
    assert set(letters) == {LOCKED, POISON}
    by_lambda, by_us = told(letters[LOCKED]), told(letters[POISON])
    assert (by_lambda.keys(), by_lambda["ErrorCode"]) == ({"RequestID", "ErrorCode", "ErrorMessage"}, "200")
    assert (LOCKED, by_lambda["RequestID"]) in launch.redriven.attempts
    assert "could not be processed now" in by_lambda["ErrorMessage"]
    assert by_us["code"] == "undecodable_image" or by_us["code"] == "unsupported_media_type"
    assert by_us["key"] == POISON


def test_redrive_does_what_was_given_up_and_a_poisoned_object_does_not_loop(launch: Launch) -> None:
    """Each is tried once more; one has its renditions now, the other lies where it lay, with its reason."""
    redriven = launch.redriven
    assert (redriven.task["Status"], redriven.task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert [msgspec.json.decode(run.outcome.payload) for run in redriven.second] == [{"batchItemFailures": []}] * 2
    assert redriven.renditions == [f"production/resized/{width}-locked.jpg" for width in (1000, 480, 640)]
    assert redriven.waiting == []
    (left_over,) = redriven.letters_left
    assert told(left_over) == told(by_key(redriven.letters)[POISON])


def test_deployers_policy_is_enough_for_every_call_of_zappas(launch: Launch, stand: Stand) -> None:
    policy = stack.deployer(stand, launch.around)
    assert [need for need in sorted(launch.needed) if not allows(policy, need)] == []
    assert {need.action for need in launch.needed} >= ONLY_PRODUCTION


def test_roles_policy_is_enough_for_the_function_and_for_what_lambda_does_in_its_name(launch: Launch) -> None:
    (policy,) = launch.deployed.role_policies.values()
    queues = {f"sqs:{name}" for name in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    assert {need.action for need in launch.used} >= queues
    assert [need for need in sorted(launch.used) if not allows(policy, need)] == []


def test_update_sends_tracing_again_but_not_the_dead_letters(launch: Launch) -> None:
    """Zappa names the dead-letter queue only when it creates the function."""
    updated = _body(launch.sent_with_snap_start, "PUT", f"/{NAME}/configuration")
    assert updated["TracingConfig"] == {"Mode": "Active"}
    assert "DeadLetterConfig" not in updated


def test_snap_start_takes_the_place_of_provisioned_concurrency(launch: Launch) -> None:
    updated = _body(launch.sent_with_snap_start, "PUT", f"/{NAME}/configuration")
    assert updated["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    alias = _body(launch.sent_with_snap_start, "POST", "/aliases")
    assert alias["Name"] == "snapstart"
    assert all(f":{NAME}:snapstart/invocations" in uri for uri in launch.behind_with_snap_start)
    assert launch.served_with_snap_start == [alias["FunctionVersion"]]


def test_undeploy_leaves_nothing(launch: Launch) -> None:
    assert launch.left == []
