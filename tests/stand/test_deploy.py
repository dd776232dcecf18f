"""The stage dev, deployed with the real Zappa command line to the local AWS, with each command a user types."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from infra.deploy.settings import stages
from infra.package import lambda_runtime
from tests.stand import deploy_lifecycle, stack
from tests.stand.deploy_lifecycle import CHANGED_HEADING, HEADING, NAME, NOT_OURS, OPEN_FOR_EVER, PHOTO, DeployLifecycle
from tests.stand.failed_event_lifecycle import object_key
from tests.stand.local_aws import LocalAws
from tests.stand.permissions import NOT_NEEDED_HERE, ONLY_IN_PRODUCTION
from tests.stand.project import Project
from tests.support.iam_policy import allows, permissions
from tests.support.package_fixtures import digest


@pytest.fixture(scope="module")
def lifecycle(local_aws: LocalAws, project: Project) -> DeployLifecycle:
    """Run the whole lifecycle once; each test looks at one part of what was recorded."""
    return deploy_lifecycle.run(local_aws, project)


def test_the_uploaded_zip_is_the_one_make_package_builds(lifecycle: DeployLifecycle, package_zip: Path) -> None:
    assert lifecycle.deployed.sha256 == digest(package_zip)


def test_the_function_is_configured_as_the_settings_say(lifecycle: DeployLifecycle, project: Project) -> None:
    settings = stages(project.root)["dev"]
    function = lifecycle.deployed.function
    assert (function["Runtime"], function["Handler"]) == (lambda_runtime.NAME, "wsgi.handler")
    assert (function["MemorySize"], function["Timeout"]) == (settings["memory_size"], settings["timeout_seconds"])
    assert function["Architectures"] == ["x86_64"]
    assert function["Environment"]["Variables"] == {
        **settings["aws_environment_variables"],
        "MONOLAMBDA_DEAD_LETTER_URL": lifecycle.stack_outputs["DeadLetterUrl"],
    }


def test_api_gateway_passes_images_as_binary(lifecycle: DeployLifecycle) -> None:
    for stage in (lifecycle.deployed, lifecycle.updated):
        assert stage.api["binaryMediaTypes"] == ["*/*"]
        assert "minimumCompressionSize" not in stage.api
    api = lifecycle.deployed.template["Resources"]["Api"]["Properties"]
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_the_role_has_the_policy_of_the_stack_and_none_of_zappas(lifecycle: DeployLifecycle) -> None:
    """With a policy of its own, IAM would not let CloudFormation delete the role."""
    (name,) = lifecycle.deployed.role_policies
    assert name == "monolambda-dev-runtime-eu-west-1"
    assert lifecycle.deployed.function["Role"] == lifecycle.stack_outputs["RoleArn"]
    assert lifecycle.deployed.function["Role"].endswith(":role/monolambda-dev-eu-west-1")


def test_the_api_logs_each_request_without_its_query_once_it_has_a_role(lifecycle: DeployLifecycle) -> None:
    """A new account has none, and the deploy prints the command that makes it."""
    assert lifecycle.deployed.access_log == {}
    assert re.search(r"^aws cloudformation deploy .*\\\n.* GatewayLogRole=true$", lifecycle.deploy.output, re.MULTILINE)
    log = lifecycle.updated.access_log
    assert log["destinationArn"] == lifecycle.stack_outputs["GatewayLogArn"]
    fields = json.loads(log["format"])
    assert fields["path"] == "$context.path"
    assert {"request_id", "status", "ms"} <= set(fields)
    assert "querystring" not in log["format"]
    assert "GatewayLogRole" not in lifecycle.update.output


def test_the_first_deploy_says_what_makes_the_secrets(lifecycle: DeployLifecycle) -> None:
    assert "make secrets STAGE=dev" in lifecycle.deploy.output
    assert "make secrets" not in lifecycle.update.output


def test_a_photo_posted_to_the_api_is_stored_in_the_bucket(lifecycle: DeployLifecycle) -> None:
    assert lifecycle.upload.status == 201
    assert lifecycle.stored == PHOTO


def test_status_prints_the_runtime_and_the_url(lifecycle: DeployLifecycle) -> None:
    assert f"{lifecycle.deployed.api['id']}.execute-api" in lifecycle.status.output
    assert lambda_runtime.NAME in lifecycle.status.output


def test_invoke_answers_and_prints_the_log(lifecycle: DeployLifecycle) -> None:
    assert lifecycle.invoke_payload["status"] == "ok"
    assert lifecycle.invoke_payload["container"]
    assert '"kind":"command"' in lifecycle.invoke.output.replace(" ", "")
    assert "REPORT RequestId:" in lifecycle.invoke.output


def test_schedule_creates_the_rules_and_each_event_is_answered(lifecycle: DeployLifecycle) -> None:
    """Zappa puts our ``kwargs`` into the event, by which the app tells a purge from a keep-warm event."""
    purge, keep_warm = "monolambda-dev-purge", "monolambda-dev-keep_warm"
    assert lifecycle.unscheduled_rules == []
    expressions = {rule["Name"]: rule["ScheduleExpression"] for rule in lifecycle.scheduled_rules}
    assert expressions == {purge: "cron(17 3 * * ? *)", keep_warm: "cron(0/4 * * * ? *)"}
    targets = {target["Arn"] for rule in lifecycle.scheduled_rules for target in rule["Targets"]}
    assert targets == {lifecycle.deployed.function["FunctionArn"]}
    assert lifecycle.payload_by_rule[purge] == {"status": 200, "purged": 0}
    assert lifecycle.payload_by_rule[keep_warm]["warm"] == 1


def test_deploy_and_update_leave_one_rule_of_each_kind(lifecycle: DeployLifecycle) -> None:
    for stage in (lifecycle.deployed, lifecycle.updated):
        assert len(stage.rules) == len({rule["Name"] for rule in stage.rules}) == 2


def test_zappa_leaves_the_notification_of_the_bucket_alone(lifecycle: DeployLifecycle) -> None:
    for stage in (lifecycle.deployed, lifecycle.updated, lifecycle.rolled_back):
        assert list(stage.notifications) == ["QueueConfigurations"]
        (queue,) = stage.notifications["QueueConfigurations"]
        assert queue["QueueArn"] == lifecycle.stack_outputs["InboxArn"]
        assert queue["Events"] == ["s3:ObjectCreated:*"]
        assert queue["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "dev/inbox/"}]
        assert "s3.amazonaws.com" not in stage.principals


def test_a_photo_in_the_inbox_gets_its_renditions(lifecycle: DeployLifecycle) -> None:
    """Two objects were put and three renditions written, but only the one in the inbox invoked the function."""
    (invocation,) = lifecycle.inbox_invocations
    assert object_key(msgspec.json.decode(invocation.event)["Records"][0]["body"]) == "dev/inbox/a+photo.jpg"
    assert msgspec.json.decode(invocation.outcome.payload) == {"batchItemFailures": []}
    assert lifecycle.renditions == [f"dev/resized/{width}-a photo.jpg" for width in (1000, 480, 640)]


def test_the_log_group_is_the_stacks(lifecycle: DeployLifecycle, local_aws: LocalAws) -> None:
    log_group = f"/aws/lambda/{lifecycle.deployed.function['FunctionName']}"
    groups = local_aws.client("logs").describe_log_groups(logGroupNamePrefix=log_group)["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {log_group: 30}


def test_the_stack_has_another_name_than_zappas_and_survives_undeploy(
    lifecycle: DeployLifecycle, local_aws: LocalAws, project: Project
) -> None:
    """Zappa names its stack after the function, and would replace a stack of that name."""
    assert stack.stack_name(project.root, "dev") != NAME
    assert stack.outputs(local_aws, project.root, "dev") == lifecycle.stack_outputs


def test_update_serves_the_change_and_rollback_undoes_it(lifecycle: DeployLifecycle) -> None:
    assert HEADING in lifecycle.deployed.page
    assert CHANGED_HEADING in lifecycle.updated.page
    assert HEADING in lifecycle.rolled_back.page
    assert lifecycle.rolled_back.sha256 == lifecycle.deployed.sha256 != lifecycle.updated.sha256
    every_stage = (lifecycle.deployed, lifecycle.updated, lifecycle.rolled_back)
    assert {stage.health.body.strip() for stage in every_stage} == {b"ok"}


def test_update_removes_variables_that_left_the_settings_and_says_so(lifecycle: DeployLifecycle) -> None:
    """Zappa would keep them: MONOLAMBDA_PUBLIC would leave the service open for ever."""
    before = lifecycle.deployed.function["Environment"]["Variables"]
    assert lifecycle.updated.function["Environment"]["Variables"] == {**before, **NOT_OURS}
    assert "Removed from monolambda-dev" in lifecycle.update.output
    assert all(name in lifecycle.update.output for name in OPEN_FOR_EVER)
    assert "Removed" not in lifecycle.deploy.output


def test_a_variable_that_names_no_setting_does_not_stop_the_service(lifecycle: DeployLifecycle) -> None:
    assert lifecycle.open_status["open_to_everybody"] is True
    assert lifecycle.open_status["unknown_settings"] == ["MONOLAMBDA_RETIRED"]


def test_deploy_prints_the_command_of_the_second_pass_until_it_was_run(lifecycle: DeployLifecycle) -> None:
    assert "aws cloudformation deploy --stack-name monolambda-dev-base" in lifecycle.deploy.output
    assert "Deployed=true" in lifecycle.deploy.output
    assert "Deployed=true" not in lifecycle.update.output


def test_every_invocation_ran_an_uploaded_zip(lifecycle: DeployLifecycle) -> None:
    old, new = lifecycle.deployed.sha256, lifecycle.updated.sha256
    zips = [each.sha256 for each in lifecycle.invocations]
    switches = [later for earlier, later in pairwise(zips) if earlier != later]
    assert zips[0] == old
    assert switches == [new, old]
    assert all(each.outcome.error_type == "" for each in lifecycle.invocations)


def test_zappa_requests_the_deployed_page(lifecycle: DeployLifecycle) -> None:
    """Deploy and update each end with a GET of ``touch_path`` over TLS, answered by the zip just uploaded."""
    events = [msgspec.json.decode(each.event) for each in lifecycle.invocations]
    touched = [
        invocation.sha256
        for invocation, event in zip(lifecycle.invocations, events, strict=True)
        if event.get("path") == "/healthz" and "python-requests" in event["headers"].get("User-Agent", "")
    ]
    assert touched == [lifecycle.deployed.sha256, lifecycle.updated.sha256]


def test_zappa_connects_to_nothing_but_the_local_aws(lifecycle: DeployLifecycle) -> None:
    assert set(lifecycle.refused_hosts) <= {"pypi.org:443"}


def test_undeploy_leaves_no_function_api_or_rule(lifecycle: DeployLifecycle) -> None:
    assert lifecycle.leftovers == []


def test_the_deployers_policy_covers_every_call_of_zappa(lifecycle: DeployLifecycle, local_aws: LocalAws) -> None:
    policy = stack.deployer_policy(local_aws, lifecycle.stack_outputs)
    assert len(lifecycle.needed_by_zappa) > 40
    assert [needed for needed in sorted(lifecycle.needed_by_zappa) if not allows(policy, needed)] == []


def test_every_action_of_the_deployers_policy_is_used_or_explained(
    lifecycle: DeployLifecycle, local_aws: LocalAws
) -> None:
    policy = stack.deployer_policy(local_aws, lifecycle.stack_outputs)
    granted = {each.action for statement in policy["Statement"] for each in permissions(statement)}
    used = {needed.action for needed in lifecycle.needed_by_zappa}
    assert granted - used == ONLY_IN_PRODUCTION | set(NOT_NEEDED_HERE)


def test_the_roles_policy_covers_every_call_of_the_function(lifecycle: DeployLifecycle) -> None:
    (policy,) = lifecycle.deployed.role_policies.values()
    needed = lifecycle.needed_by_function
    assert {each.action for each in needed} >= {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    assert [each for each in sorted(needed) if not allows(policy, each)] == []
