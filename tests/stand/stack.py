"""The stack of ``infra/monolambda.yaml``, made before the function as ``docs/infra.md`` says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.policy import parameters, stages
from infra.template import Resolver, load
from tests.stand.aws import Stand

# moto would warn of these; what they say is looked at in tests/infra
_UNKNOWN_TO_MOTO = {"AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy"}


def name(root: Path, stage: str) -> str:
    """Return what the page calls the stack of a stage."""
    named = set(re.findall(r"--stack-name ([\w-]+)", (root / "docs" / "infra.md").read_text()))
    assert len(named) == 1, named
    return named.pop().replace("dev", stage)


def create(stand: Stand, root: Path, stage: str) -> dict[str, str]:
    """Create the stack for what the settings say of a stage, and return its outputs."""
    given = parameters(stage, stages(root)[stage])
    template = Resolver(load(), given).pruned()
    known = {key: each for key, each in template["Resources"].items() if each["Type"] not in _UNKNOWN_TO_MOTO}
    stacks = stand.client("cloudformation")
    stacks.create_stack(
        StackName=name(root, stage),
        TemplateBody=json.dumps({**template, "Resources": known}),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return outputs(stand, root, stage)


def outputs(stand: Stand, root: Path, stage: str) -> dict[str, str]:
    """Return the outputs of the stack of a stage, which must be there and whole."""
    (stack,) = stand.client("cloudformation").describe_stacks(StackName=name(root, stage))["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def deployer(stand: Stand, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Return the deployer's policy as it stands in the account."""
    arn = outputs["DeployerPolicyArn"]
    version = stand.client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    document: dict[str, Any] = version["Document"]
    return document


def mapping(root: Path, stage: str) -> dict[str, Any]:
    """Return the event source mapping that ``Redrive=true`` adds, without where it reads."""
    given = {**parameters(stage, stages(root)[stage]), "Redrive": "true"}
    found: dict[str, Any] = Resolver(load(), given).resources()["TakeSecondTries"]["Properties"]
    return {key: value for key, value in found.items() if key != "EventSourceArn"}
