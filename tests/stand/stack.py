"""Creates, updates and deletes the stack of ``infra/monolambda.yaml``, by the change sets that the AWS CLI sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy.settings import parameters, stages
from infra.template import PATH
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import set_stack_status
from tests.support.iam_policy import Policy
from tests.support.waiting import wait_until


def stack_name(root: Path, stage: str) -> str:
    """Return the stack name that the page gives for a stage."""
    names: set[str] = set(re.findall(r"--stack-name ([\w-]+-base)", (root / "docs" / "infra.md").read_text()))
    (name,) = names
    return name.replace("dev", stage)


def create(
    local_aws: LocalAws, root: Path, stage: str, *, existing_bucket: bool = False, **more: str
) -> dict[str, str]:
    """Create the stack with the parameters that the settings give for a stage and ``more``, and return its outputs.

    An existing bucket is imported; without ``existing_bucket`` it makes the creation fail.
    """
    given = {**parameters(stage, stages(root)[stage]), **more}
    if existing_bucket:
        _import(local_aws, stack_name(root, stage), given["Bucket"])
    _change(local_aws, stack_name(root, stage), "UPDATE" if existing_bucket else "CREATE", given)
    return outputs(local_aws, root, stage)


def mark_deployed(local_aws: LocalAws, root: Path, stage: str, **more: str) -> None:
    """Update the stack with ``Deployed=true``, after which the function reads the inbox."""
    given = {**parameters(stage, stages(root)[stage]), "Deployed": "true", **more}
    _change(local_aws, stack_name(root, stage), "UPDATE", given)
    # the function reads S3's test event, which has waited there since the stack was created
    wait_until(lambda: local_aws.is_idle, seconds=60)


def set_status(local_aws: LocalAws, root: Path, stage: str, status: str) -> None:
    """Leave the stack in a state that it does not reach on the local AWS."""
    set_stack_status(stack_name(root, stage), status)


def delete(local_aws: LocalAws, root: Path, stage: str) -> None:
    """Delete the stack, or leave it in the state DELETE_FAILED."""
    local_aws.client("cloudformation").delete_stack(StackName=stack_name(root, stage))


def outputs(local_aws: LocalAws, root: Path, stage: str) -> dict[str, str]:
    """Return the outputs of a stage's stack, which must exist and be complete."""
    (stack,) = local_aws.client("cloudformation").describe_stacks(StackName=stack_name(root, stage))["Stacks"]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack["StackStatus"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def deployer_policy(local_aws: LocalAws, outputs: Mapping[str, str]) -> Policy:
    """Return the deployer's policy as it is in the account."""
    arn = outputs["DeployerPolicyArn"]
    version = local_aws.client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    document: Policy = version["Document"]
    return document


def _import(local_aws: LocalAws, name: str, bucket: str) -> None:
    identifier = {"BucketName": bucket}
    resource = {"ResourceType": "AWS::S3::Bucket", "LogicalResourceId": "Images", "ResourceIdentifier": identifier}
    path = PATH.with_name("existing-bucket.yaml")
    _change(local_aws, name, "IMPORT", {"Bucket": bucket}, path=path, ResourcesToImport=[resource])


def _change(
    local_aws: LocalAws, name: str, kind: str, given: Mapping[str, str], *, path: Path = PATH, **more: Any
) -> None:
    """Apply a template to the stack."""
    stacks = local_aws.client("cloudformation")
    stacks.create_change_set(
        StackName=name,
        ChangeSetName=kind.lower(),
        ChangeSetType=kind,
        TemplateBody=path.read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **more,
    )
    stacks.execute_change_set(StackName=name, ChangeSetName=kind.lower())
