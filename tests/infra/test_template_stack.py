"""The template created on an AWS, once for each of two stages, and what stands there afterwards.

moto knows no alarms and no bucket policies in a stack and says so in a warning, and of a bucket it makes the name
and the encryption only; the alarms are put by hand, through the API. test_template.py looks at all of them as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.template import Resolver, load
from tests.support.s3.server import REGION, moto, new_session
from tests.support.wsgi_server import WsgiServer

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")

STAGES = ("alpha", "omega")
UNKNOWN_TO_MOTO = {"AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy"}


def given(stage: str, **more: str) -> list[dict[str, str]]:
    values = {"Stage": stage, "Bucket": f"images-{stage}", "DeployBucket": "deploy", "Email": "a@example.com", **more}
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def body(stage: str, **more: str) -> str:
    values = {each["ParameterKey"]: each["ParameterValue"] for each in given(stage, **more)}
    return json.dumps(Resolver(load(), values).pruned())


class Aws:
    """Clients of one AWS with both stacks in it."""

    def __init__(self, url: str) -> None:
        self.session = new_session(url)
        self.stacks = self.session.client("cloudformation")
        self.s3 = self.session.client("s3")

    def outputs(self, stage: str) -> dict[str, str]:
        (stack,) = self.stacks.describe_stacks(StackName=f"monolambda-{stage}")["Stacks"]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def physical(self, stage: str) -> dict[str, str]:
        found = self.stacks.list_stack_resources(StackName=f"monolambda-{stage}")["StackResourceSummaries"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}


@pytest.fixture(scope="module")
def created() -> Iterator[Aws]:
    with WsgiServer(moto()) as server:
        aws = Aws(server.url)
        for stage in STAGES:
            aws.stacks.create_stack(
                StackName=f"monolambda-{stage}",
                TemplateBody=body(stage),
                Parameters=given(stage),
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
        yield aws
        for stage in STAGES:
            aws.stacks.delete_stack(StackName=f"monolambda-{stage}")


@pytest.mark.parametrize("stage", STAGES)
def test_outputs_are_what_zappa_settings_need(created: Aws, stage: str) -> None:
    outputs = created.outputs(stage)
    assert outputs["Storage"] == f"s3://images-{stage}/{stage}"
    assert outputs["DeadLetterArn"].endswith(f":monolambda-{stage}-failed")
    assert outputs["DeployerPolicyArn"].endswith(f":policy/monolambda-{stage}-deployer-{REGION}")


@pytest.mark.parametrize("stage", STAGES)
def test_bucket_is_there_and_encrypted(created: Aws, stage: str) -> None:
    bucket = f"images-{stage}"
    (rule,) = created.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@pytest.mark.parametrize("stage", STAGES)
def test_role_can_have_the_policy_and_no_more(created: Aws, stage: str) -> None:
    iam = created.session.client("iam")
    role = f"monolambda-{stage}-ZappaLambdaExecutionRole"
    boundary = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy_version(PolicyArn=boundary, VersionId="v1")["PolicyVersion"]
    assert f"arn:aws:s3:::images-{stage}/{stage}/originals/*" in json.dumps(version["Document"])
    assert "Trace" not in json.dumps(version["Document"])


@pytest.mark.parametrize("stage", STAGES)
def test_log_is_kept_for_a_while_and_letters_for_long(created: Aws, stage: str) -> None:
    (group,) = created.session.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/monolambda-{stage}")[
        "logGroups"
    ]
    assert group["retentionInDays"] == 30
    sqs = created.session.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"monolambda-{stage}-failed")["QueueUrl"]
    kept = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
    assert kept == {"MessageRetentionPeriod": str(14 * 24 * 3600)}


@pytest.mark.parametrize("stage", STAGES)
def test_somebody_is_mailed(created: Aws, stage: str) -> None:
    topic = created.physical(stage)["Alerts"]
    subscribed = created.session.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["Protocol"], each["Endpoint"]) for each in subscribed] == [("email", "a@example.com")]


@pytest.mark.parametrize("stage", STAGES)
def test_dashboard_can_be_read(created: Aws, stage: str) -> None:
    body = created.session.client("cloudwatch").get_dashboard(DashboardName=f"monolambda-{stage}")["DashboardBody"]
    assert len(json.loads(body)["widgets"]) == 7
    assert (
        f'function="monolambda-{stage}"' in json.loads(body)["widgets"][0]["properties"]["metrics"][0][0]["expression"]
    )


def test_alarms_are_accepted(created: Aws) -> None:
    """moto creates none from a template, so its API gets them, checked by the client's own model of the service."""
    cloudwatch = created.session.client("cloudwatch")
    values = {each["ParameterKey"]: each["ParameterValue"] for each in given("alpha")}
    alarms = [
        resource["Properties"]
        for resource in Resolver(load(), values).resources().values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    for alarm in alarms:
        cloudwatch.put_metric_alarm(**{**alarm, "Threshold": float(alarm["Threshold"])})
    found = cloudwatch.describe_alarms(AlarmNamePrefix="monolambda-alpha")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in found} == {alarm["AlarmName"] for alarm in alarms}
    cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])


def test_moto_made_everything_it_knows(created: Aws) -> None:
    resources: dict[str, Any] = Resolver(load(), {}).resources()
    known = {name for name, resource in resources.items() if resource["Type"] not in UNKNOWN_TO_MOTO}
    assert set(created.physical("alpha")) - {""} == known


def test_another_account_is_let_in_by_an_update_after_the_function_is_there(created: Aws) -> None:
    """Zappa creates the function, which the permission is about, so the first stack cannot have it."""
    functions = created.session.client("lambda")
    role = created.session.client("iam").get_role(RoleName="monolambda-omega-ZappaLambdaExecutionRole")["Role"]["Arn"]
    functions.create_function(
        FunctionName="monolambda-omega", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b"PK"}
    )
    more = {"PrincipalAccount": "111122223333", "LogDays": "90"}
    created.stacks.update_stack(
        StackName="monolambda-omega",
        TemplateBody=body("omega", **more),
        Parameters=given("omega", **more),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    policy = json.loads(functions.get_policy(FunctionName="monolambda-omega")["Policy"])
    assert "111122223333" in json.dumps(policy)
    assert "lambda:InvokeFunction" in json.dumps(policy)
    functions.delete_function(FunctionName="monolambda-omega")
