"""Creates the stack of ``infra/monolambda.yaml`` before the function, as ``docs/infra.md`` says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.policy import parameters, stages
from infra.template import Resolver, load
from tests.infra.monolambda.resources import UNKNOWN_TO_MOTO
from tests.stand.local_aws import LocalAws
from tests.support.iam_policy import Policy


def stack_name(root: Path, stage: str) -> str:
    """Return the stack name that the page gives for a stage."""
    names: set[str] = set(re.findall(r"--stack-name ([\w-]+)", (root / "docs" / "infra.md").read_text()))
    (name,) = names
    return name.replace("dev", stage)


def create(local_aws: LocalAws, root: Path, stage: str) -> dict[str, str]:
    """Create the stack with the parameters that the settings give for a stage, and return its outputs."""
    given = parameters(stage, stages(root)[stage])
    template = Resolver(load(), given).pruned()
    known = {key: each for key, each in template["Resources"].items() if each["Type"] not in UNKNOWN_TO_MOTO}
    stacks = local_aws.client("cloudformation")
    stacks.create_stack(
        StackName=stack_name(root, stage),
        TemplateBody=json.dumps({**template, "Resources": known}),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return outputs(local_aws, root, stage)


def outputs(local_aws: LocalAws, root: Path, stage: str) -> dict[str, str]:
    """Return the outputs of a stage's stack, which must exist and be complete."""
    (stack,) = local_aws.client("cloudformation").describe_stacks(StackName=stack_name(root, stage))["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def deployer_policy(local_aws: LocalAws, outputs: Mapping[str, str]) -> Policy:
    """Return the deployer's policy as it is in the account."""
    arn = outputs["DeployerPolicyArn"]
    version = local_aws.client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    document: Policy = version["Document"]
    return document


def redrive_mapping(root: Path, stage: str) -> dict[str, Any]:
    """Return the properties of the event source mapping that ``Redrive=true`` adds, without its source."""
    given = {**parameters(stage, stages(root)[stage]), "Redrive": "true"}
    found: dict[str, Any] = Resolver(load(), given).resources()["TakeSecondTries"]["Properties"]
    return {key: value for key, value in found.items() if key != "EventSourceArn"}
