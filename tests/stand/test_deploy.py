"""A deployment with the real Zappa command line, each command as users type it, against the stand."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.package import lambda_runtime
from tests.infra.iam import allows, pairs
from tests.stand import stack
from tests.stand.aws import Stand
from tests.stand.backend import ACCOUNT
from tests.stand.deploy_lifecycle import CHANGED, HEADING, NAME, PHOTO, SECRET, Dance, perform
from tests.stand.justified import NEVER, ONLY_PRODUCTION
from tests.stand.project import Project


@pytest.fixture(scope="module")
def dance(stand: Stand, project: Project) -> Dance:
    """Perform it once; the tests look at what was seen on the way."""
    return perform(stand, project)


def _settings(project: Project, stage: str) -> dict[str, Any]:
    stages: dict[str, dict[str, Any]] = json.loads((project.root / "zappa_settings.json").read_text())
    return {**stages[stages[stage].get("extends", stage)], **stages[stage]}


def test_uploaded_zip_is_the_one_that_make_package_builds(dance: Dance, package_zip: Path) -> None:
    assert dance.deployed.sha256 == hashlib.sha256(package_zip.read_bytes()).hexdigest()


def test_function_is_configured_as_the_settings_say(dance: Dance, project: Project) -> None:
    settings = _settings(project, "dev")
    function = dance.deployed.function
    assert (function["Runtime"], function["Handler"]) == (lambda_runtime.NAME, "wsgi.handler")
    assert (function["MemorySize"], function["Timeout"]) == (settings["memory_size"], settings["timeout_seconds"])
    assert function["Architectures"] == ["x86_64"]
    assert function["Environment"]["Variables"] == {**settings["aws_environment_variables"], **SECRET}


def test_images_pass_the_gateway_as_bytes(dance: Dance) -> None:
    for seen in (dance.deployed, dance.updated):
        assert seen.api["binaryMediaTypes"] == ["*/*"]
        assert "minimumCompressionSize" not in seen.api
    assert dance.deployed.template["Resources"]["Api"]["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_role_has_our_policy_and_nothing_of_zappas(dance: Dance, project: Project) -> None:
    ours = json.loads((project.root / _settings(project, "dev")["attach_policy"]).read_text())
    assert dance.deployed.role_policies == {"zappa-permissions": ours}
    assert "s3:*" not in json.dumps(dance.deployed.role_policies)


def test_a_photo_goes_through_the_api_into_the_bucket(dance: Dance) -> None:
    assert dance.uploaded.status == 201
    assert dance.stored == PHOTO


def test_status_finds_the_function_and_its_address(dance: Dance) -> None:
    assert f"{dance.deployed.api['id']}.execute-api" in dance.status.output
    assert lambda_runtime.NAME in dance.status.output


def test_invoke_answers_and_shows_the_log(dance: Dance) -> None:
    assert dance.state["status"] == "ok"
    assert dance.state["container"]
    assert '"kind":"command"' in dance.invoked.output.replace(" ", "")
    assert "REPORT RequestId:" in dance.invoked.output


def test_schedule_makes_the_rules_and_each_does_its_work(dance: Dance) -> None:
    """Zappa hands our ``kwargs`` on inside the event, by which the router knows a purge; its keep-warm has none."""
    purge, warm = (
        "monolambda-dev-purge-app.events.schedule",
        "monolambda-dev-zappa-keep-warm-handler.keep_warm_callback",
    )
    assert dance.unscheduled == []
    expressions = {rule["Name"]: rule["ScheduleExpression"] for rule in dance.scheduled}
    assert expressions == {purge: "rate(1 day)", warm: "rate(4 minutes)"}
    targets = {target["Arn"] for rule in dance.scheduled for target in rule["Targets"]}
    assert targets == {dance.deployed.function["FunctionArn"]}
    assert dance.fired[purge] == {"status": 200, "purged": 0}
    assert dance.fired[warm]["warm"] == 1


def test_deploy_and_update_keep_one_rule_of_each_kind(dance: Dance) -> None:
    for seen in (dance.deployed, dance.updated):
        assert len(seen.rules) == len({rule["Name"] for rule in seen.rules}) == 2


def test_inbox_wakes_the_function_and_nothing_else_does(dance: Dance) -> None:
    for seen in (dance.deployed, dance.updated):
        (trigger,) = seen.triggers
        assert trigger["Events"] == ["s3:ObjectCreated:*"]
        assert trigger["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "dev/inbox/"}]
        assert trigger["LambdaFunctionArn"] == seen.function["FunctionArn"]


def test_what_is_put_into_the_inbox_gets_its_renditions(dance: Dance) -> None:
    """One event for two objects put, none for the three written: the filter is below what the function writes."""
    (run,) = dance.woken
    assert msgspec.json.decode(run.event)["Records"][0]["s3"]["object"]["key"] == "dev/inbox/a+photo.jpg"
    assert msgspec.json.decode(run.outcome.payload) == {"status": 200, "made": 1, "given_up": 0}
    assert dance.renditions == [f"dev/resized/{width}-a photo.jpg" for width in (1000, 480, 640)]


def test_bucket_has_one_permission_however_often_it_was_deployed(dance: Dance) -> None:
    for seen in (dance.deployed, dance.updated):
        (statement,) = seen.admitted
        assert ACCOUNT in str(statement["Condition"])


def test_function_fills_the_role_and_the_log_of_the_stack(dance: Dance, stand: Stand) -> None:
    role = dance.deployed.function["Role"].rpartition("/")[2]
    told = stand.client("iam").get_role(RoleName=role)["Role"]
    assert told["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/monolambda-dev-runtime-eu-west-1")
    name = f"/aws/lambda/{dance.deployed.function['FunctionName']}"
    groups = stand.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {name: 30}


def test_stack_has_another_name_than_zappas_and_stands_after_undeploy(
    dance: Dance, stand: Stand, project: Project
) -> None:
    """Zappa's own stack is called as the function; one of that name would be replaced, queue and role and all."""
    assert stack.name(project.root, "dev") != NAME
    assert stack.outputs(stand, project.root, "dev") == dance.around


def test_update_serves_the_change_and_rollback_takes_it_back(dance: Dance) -> None:
    assert HEADING in dance.deployed.page
    assert CHANGED in dance.updated.page
    assert HEADING in dance.rolled_back.page
    assert dance.rolled_back.sha256 == dance.deployed.sha256 != dance.updated.sha256
    assert {seen.health.body.strip() for seen in (dance.deployed, dance.updated, dance.rolled_back)} == {b"ok"}


def test_update_keeps_variables_set_beside_zappa(dance: Dance) -> None:
    assert dance.updated.function["Environment"] == dance.deployed.function["Environment"]


def test_every_invocation_ran_an_uploaded_zip(dance: Dance) -> None:
    old, new = dance.deployed.sha256, dance.updated.sha256
    edition = [run.sha256 for run in dance.runs]
    switches = [later for earlier, later in pairwise(edition) if earlier != later]
    assert edition[0] == old
    assert switches == [new, old]
    assert all(run.outcome.error_type == "" for run in dance.runs)


def test_zappa_looks_at_the_deployed_page_itself(dance: Dance) -> None:
    """Deploy and update each end with a GET of ``touch_path``, over TLS, answered by the zip just uploaded."""
    events = [msgspec.json.decode(run.event) for run in dance.runs]
    touched = [
        run.sha256
        for run, event in zip(dance.runs, events, strict=True)
        if event.get("path") == "/healthz" and "python-requests" in event["headers"].get("User-Agent", "")
    ]
    assert touched == [dance.deployed.sha256, dance.updated.sha256]


def test_zappa_reached_nothing_but_the_stand(dance: Dance) -> None:
    assert set(dance.refused) <= {"pypi.org:443"}


def test_undeploy_leaves_no_function_api_or_rule(dance: Dance) -> None:
    assert dance.left == []


def test_deployers_policy_is_enough_for_every_call_of_zappas(dance: Dance, stand: Stand) -> None:
    policy = stack.deployer(stand, dance.around)
    assert len(dance.needed) > 40
    assert [need for need in sorted(dance.needed) if not allows(policy, need)] == []


def test_deployers_policy_grants_nothing_that_is_neither_used_nor_explained(dance: Dance, stand: Stand) -> None:
    policy = stack.deployer(stand, dance.around)
    granted = {action for statement in policy["Statement"] for action, _ in pairs(statement)}
    assert granted - {need.action for need in dance.needed} == ONLY_PRODUCTION | set(NEVER)


def test_roles_policy_is_enough_for_every_call_of_the_function(dance: Dance) -> None:
    (policy,) = dance.deployed.role_policies.values()
    assert {need.action for need in dance.used} >= {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    assert [need for need in sorted(dance.used) if not allows(policy, need)] == []
