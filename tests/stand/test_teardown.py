"""What keeps a stack from being deleted, and what Zappa says about a stage without a usable stack."""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.template import PATH
from tests.stand import stack
from tests.stand.clients import DEPLOYER
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import ACCOUNT
from tests.stand.project import Project

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


def test_cloudformation_cannot_delete_a_role_that_has_inline_policies(local_aws: LocalAws) -> None:
    """As on AWS, where a role that Zappa manages keeps the stack from being deleted."""
    stacks, iam = local_aws.client("cloudformation"), local_aws.client("iam")
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "stuck", "AssumeRolePolicyDocument": TRUST}}
    stacks.create_stack(StackName="stuck", TemplateBody=json.dumps({"Resources": {"Role": role}}))
    iam.put_role_policy(RoleName="stuck", PolicyName="zappa-permissions", PolicyDocument=POLICY)
    stacks.delete_stack(StackName="stuck")
    (found,) = stacks.describe_stacks(StackName="stuck")["Stacks"]
    assert found["StackStatus"] == "DELETE_FAILED"
    iam.delete_role_policy(RoleName="stuck", PolicyName="zappa-permissions")
    stacks.delete_stack(StackName="stuck")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName="stuck")


def test_cloudformation_cannot_delete_a_policy_that_a_user_has(local_aws: LocalAws) -> None:
    stacks, iam = local_aws.client("cloudformation"), local_aws.client("iam")
    properties = {"ManagedPolicyName": "held", "PolicyDocument": json.loads(POLICY)}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
    stacks.create_stack(StackName="held", TemplateBody=json.dumps({"Resources": {"Policy": policy}}))
    attachment = {"UserName": "deployer", "PolicyArn": f"arn:aws:iam::{ACCOUNT.number}:policy/held"}
    iam.create_user(UserName="deployer")
    iam.attach_user_policy(**attachment)
    stacks.delete_stack(StackName="held")
    assert stacks.describe_stacks(StackName="held")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
    iam.detach_user_policy(**attachment)
    stacks.delete_stack(StackName="held")
    assert iam.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize("command", ["deploy dev", "update dev", "schedule dev"])
def test_without_its_stack_a_stage_is_refused_with_the_command_that_creates_it(
    local_aws: LocalAws, project: Project, command: str
) -> None:
    first = len(local_aws.calls)
    result = project.run("zappa", *command.split())
    assert result.status == 1
    assert "there is no stack monolambda-dev-base in eu-west-1" in result.errors
    assert "aws cloudformation deploy --stack-name monolambda-dev-base" in result.errors
    assert f"Stage=dev Bucket=monolambda-images-{local_aws.suffix}" in result.errors
    calls = [each for each in local_aws.calls[first:] if DEPLOYER in each.header("Authorization")]
    assert [each.body.split(b"&")[0] for each in calls] == [b"Action=DescribeStacks"]


def test_a_stack_that_failed_to_be_created_is_refused_with_the_cure(local_aws: LocalAws, project: Project) -> None:
    stack.create(local_aws, project.root, "dev")
    stack.set_status(local_aws, project.root, "dev", "ROLLBACK_COMPLETE")
    result = project.run("zappa", "deploy", "dev")
    stack.delete(local_aws, project.root, "dev")
    # it outlives its stack, and would be in the way of the next one
    local_aws.client("s3").delete_bucket(Bucket=f"monolambda-images-{local_aws.suffix}")
    assert result.status == 1
    assert "is in the state ROLLBACK_COMPLETE" in result.errors
    assert "aws cloudformation delete-stack --stack-name monolambda-dev-base" in result.errors


def test_a_stack_whose_bucket_exists_is_not_created(local_aws: LocalAws, project: Project) -> None:
    bucket = local_aws.create_bucket("monolambda-images")
    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE"):
        stack.create(local_aws, project.root, "dev")
    assert local_aws.client("iam").list_roles()["Roles"] == []
    stack.delete(local_aws, project.root, "dev")
    local_aws.client("s3").delete_bucket(Bucket=bucket)


def test_the_role_with_which_the_account_logs_outlives_its_stack(local_aws: LocalAws, project: Project) -> None:
    """Other APIs of the account log with it too. It is in the way of no other stack, not even of the same stage."""
    iam, roles = local_aws.client("iam"), []
    for _ in range(2):
        stack.create(local_aws, project.root, "dev", GatewayLogRole="true")
        stack.delete(local_aws, project.root, "dev")
        local_aws.client("s3").delete_bucket(Bucket=f"monolambda-images-{local_aws.suffix}")
        used = local_aws.client("apigateway").get_account()["cloudwatchRoleArn"]
        roles += [each["RoleName"] for each in iam.list_roles()["Roles"] if each["Arn"] == used]
    for role in roles:
        iam.delete_role(RoleName=role)
    assert len(set(roles)) == 2


@pytest.mark.parametrize(
    ("bucket", "logical_id", "reason"),
    [("nobodys", "Images", "nobodys does not exist"), ("nobodys", "Other", "every resource .* must be imported")],
)
def test_an_import_that_aws_would_refuse_is_refused(
    local_aws: LocalAws, bucket: str, logical_id: str, reason: str
) -> None:
    stacks = local_aws.client("cloudformation")
    identifier = {"BucketName": bucket}
    stacks.create_change_set(
        StackName="import-only",
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=PATH.with_name("existing-bucket.yaml").read_text(),
        Parameters=[{"ParameterKey": "Bucket", "ParameterValue": bucket}],
        ResourcesToImport=[
            {"ResourceType": "AWS::S3::Bucket", "LogicalResourceId": logical_id, "ResourceIdentifier": identifier}
        ],
    )
    described = stacks.describe_change_set(StackName="import-only", ChangeSetName="import")
    assert described["Status"] == "FAILED"
    assert re.search(reason, described["StatusReason"])
