"""moto creates the stack for two stages from the template, and everything it supports is there.

moto creates no alarms and no bucket policies from a template, and of a bucket only its name and encryption. Alarms
are created through the API instead; test_resources.py and test_alarms.py check all of them as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.template import Resolver, load
from tests.infra.monolambda.resources import UNKNOWN_TO_MOTO, properties, resources
from tests.support.s3.server import REGION, moto, new_session
from tests.support.wsgi_server import WsgiServer

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")

STAGES = ("alpha", "omega")


def _stack(stage: str, **more: str) -> dict[str, Any]:
    """Return the arguments that create or update the stack of a stage."""
    values = {"Stage": stage, "Bucket": f"images-{stage}", "DeployBucket": "deploy", "Email": "a@example.com", **more}
    return {
        "StackName": f"monolambda-{stage}",
        "TemplateBody": json.dumps(Resolver(load(), values).pruned()),
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }


class Account:
    """boto3 clients of an account with both stacks."""

    def __init__(self, url: str) -> None:
        self.session = new_session(url)
        self.stacks = self.session.client("cloudformation")
        self.s3 = self.session.client("s3")

    def outputs(self, stage: str) -> dict[str, str]:
        (stack,) = self.stacks.describe_stacks(StackName=f"monolambda-{stage}")["Stacks"]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def physical_ids(self, stage: str) -> dict[str, str]:
        found = self.stacks.list_stack_resources(StackName=f"monolambda-{stage}")["StackResourceSummaries"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with WsgiServer(moto()) as server:
        account = Account(server.url)
        for stage in STAGES:
            account.stacks.create_stack(**_stack(stage))
        yield account
        for stage in STAGES:
            account.stacks.delete_stack(StackName=f"monolambda-{stage}")


@pytest.mark.parametrize("stage", STAGES)
def test_outputs_have_what_zappas_settings_need(account: Account, stage: str) -> None:
    outputs = account.outputs(stage)
    assert outputs["Storage"] == f"s3://images-{stage}/{stage}"
    assert outputs["DeadLetterArn"].endswith(f":monolambda-{stage}-failed")
    assert outputs["DeployerPolicyArn"].endswith(f":policy/monolambda-{stage}-deployer-{REGION}")


@pytest.mark.parametrize("stage", STAGES)
def test_the_bucket_is_encrypted(account: Account, stage: str) -> None:
    bucket = f"images-{stage}"
    (rule,) = account.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@pytest.mark.parametrize("stage", STAGES)
def test_the_runtime_policy_is_that_of_its_stage(account: Account, stage: str) -> None:
    policy = account.physical_ids(stage)["RuntimePolicy"]
    version = account.session.client("iam").get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]
    assert f"arn:aws:s3:::images-{stage}/{stage}/originals/*" in json.dumps(version["Document"])
    assert "Trace" not in json.dumps(version["Document"])


@pytest.mark.parametrize("stage", STAGES)
def test_logs_are_kept_for_30_days(account: Account, stage: str) -> None:
    (group,) = account.session.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/monolambda-{stage}")[
        "logGroups"
    ]
    assert group["retentionInDays"] == 30


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("queue", "days"), [("inbox", 4), ("failed", 14)])
def test_a_dead_letter_is_kept_for_days_after_the_inbox_gave_it_up(
    account: Account, stage: str, queue: str, days: int
) -> None:
    """A standard queue counts from when a message was first sent, not from when it was moved."""
    sqs = account.session.client("sqs")
    url = sqs.get_queue_url(QueueName=f"monolambda-{stage}-{queue}")["QueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
    assert kept == {"MessageRetentionPeriod": str(days * 24 * 3600)}


@pytest.mark.parametrize("stage", STAGES)
def test_alerts_go_to_the_configured_address(account: Account, stage: str) -> None:
    topic = account.physical_ids(stage)["Alerts"]
    subscribed = account.session.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["Protocol"], each["Endpoint"]) for each in subscribed] == [("email", "a@example.com")]


@pytest.mark.parametrize("stage", STAGES)
def test_the_dashboard_is_valid_and_shows_its_own_stage(account: Account, stage: str) -> None:
    cloudwatch = account.session.client("cloudwatch")
    dashboard = cloudwatch.get_dashboard(DashboardName=f"monolambda-{stage}-{REGION}")
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    assert len(widgets) == 7
    assert f'function="monolambda-{stage}"' in widgets[0]["properties"]["metrics"][0][0]["expression"]


def test_cloudwatch_accepts_the_alarms(account: Account) -> None:
    """They are created through the API, where botocore validates them against its model of the service."""
    cloudwatch = account.session.client("cloudwatch")
    alarms = properties("AWS::CloudWatch::Alarm", Stage="alpha", Email="a@example.com")
    for alarm in alarms:
        cloudwatch.put_metric_alarm(**{**alarm, "Threshold": float(alarm["Threshold"])})
    found = cloudwatch.describe_alarms(AlarmNamePrefix="monolambda-alpha")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in found} == {alarm["AlarmName"] for alarm in alarms}
    cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])


def test_moto_created_every_resource_it_supports(account: Account) -> None:
    known = {name for name, resource in resources().items() if resource["Type"] not in UNKNOWN_TO_MOTO}
    assert set(account.physical_ids("alpha")) - {""} == known


def test_an_update_after_the_first_deployment_admits_another_account(account: Account) -> None:
    """The permission is for the function, which Zappa creates only after the stack."""
    functions = account.session.client("lambda")
    role = account.session.client("iam").get_role(RoleName=f"monolambda-omega-{REGION}")["Role"]["Arn"]
    functions.create_function(
        FunctionName="monolambda-omega", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b"PK"}
    )
    more = {"PrincipalAccount": "111122223333", "LogDays": "90"}
    account.stacks.update_stack(**_stack("omega", **more))
    policy = json.loads(functions.get_policy(FunctionName="monolambda-omega")["Policy"])
    assert "111122223333" in json.dumps(policy)
    assert "lambda:InvokeFunction" in json.dumps(policy)
    functions.delete_function(FunctionName="monolambda-omega")
