"""Creates, updates and deletes the stack of ``infra/monolambda.yaml``, as ``docs/infra.md`` says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy.settings import parameters, stages
from infra.template import Resolver, load
from tests.infra.monolambda.resources import UNKNOWN_TO_MOTO
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import ACCOUNT, set_stack_status
from tests.support.iam_policy import Policy
from tests.support.waiting import wait_until

Fields = dict[str, Any]


def stack_name(root: Path, stage: str) -> str:
    """Return the stack name that the page gives for a stage."""
    names: set[str] = set(re.findall(r"--stack-name ([\w-]+)", (root / "docs" / "infra.md").read_text()))
    (name,) = names
    return name.replace("dev", stage)


def create(local_aws: LocalAws, root: Path, stage: str, *, existing_bucket: bool = False) -> dict[str, str]:
    """Create the stack with the parameters that the settings give for a stage, and return its outputs.

    An existing bucket is taken over, as by an import; without ``existing_bucket`` it makes the creation fail.
    """
    bucket = _parameters(root, stage)["Bucket"]
    exists = bucket in [each["Name"] for each in local_aws.client("s3").list_buckets()["Buckets"]]
    assert exists is existing_bucket, f"{bucket} exists: {exists}"
    local_aws.client("cloudformation").create_stack(**_arguments(root, stage, existing_bucket=existing_bucket))
    _complete(local_aws, _resources(root, stage))
    return outputs(local_aws, root, stage)


def mark_deployed(local_aws: LocalAws, root: Path, stage: str) -> None:
    """Update the stack with ``Deployed=true``, after which the function reads the inbox."""
    local_aws.client("cloudformation").update_stack(**_arguments(root, stage, Deployed="true"))
    resources = _resources(root, stage, Deployed="true")
    for mapping in _of_type(resources, "AWS::Lambda::EventSourceMapping"):
        source = _queue_arn(resources, mapping["EventSourceArn"])
        local_aws.client("lambda").create_event_source_mapping(**{**mapping, "EventSourceArn": source})
    # the function reads S3's test event, which has waited there since the stack was created
    wait_until(lambda: local_aws.is_idle, seconds=60)


def set_status(local_aws: LocalAws, root: Path, stage: str, status: str) -> None:
    """Leave the stack in a state that it does not reach on the local AWS."""
    set_stack_status(stack_name(root, stage), status)


def delete(local_aws: LocalAws, root: Path, stage: str) -> None:
    """Delete the stack, or leave it in the state DELETE_FAILED."""
    functions, inbox = local_aws.client("lambda"), _queue_arn(_resources(root, stage), "${Inbox.Arn}")
    for mapping in functions.list_event_source_mappings(EventSourceArn=inbox)["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    local_aws.client("cloudformation").delete_stack(StackName=stack_name(root, stage))


def outputs(local_aws: LocalAws, root: Path, stage: str) -> dict[str, str]:
    """Return the outputs of a stage's stack, which must exist and be complete."""
    (stack,) = local_aws.client("cloudformation").describe_stacks(StackName=stack_name(root, stage))["Stacks"]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def deployer_policy(local_aws: LocalAws, outputs: Mapping[str, str]) -> Policy:
    """Return the deployer's policy as it is in the account."""
    arn = outputs["DeployerPolicyArn"]
    version = local_aws.client("iam").get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    document: Policy = version["Document"]
    return document


def _arguments(root: Path, stage: str, *, existing_bucket: bool = False, **changed: str) -> Fields:
    """Return the arguments that create or update the stack, without what moto's CloudFormation does not know."""
    given = _parameters(root, stage, **changed)
    template = Resolver(load(), given).pruned()
    known = {key: _retained(each) for key, each in template["Resources"].items() if each["Type"] not in UNKNOWN_TO_MOTO}
    if existing_bucket:
        del known["Images"]
    body = json.dumps({**template, "Resources": known})
    return {
        "StackName": stack_name(root, stage),
        "TemplateBody": body.replace("${Images}", given["Bucket"]) if existing_bucket else body,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }


def _retained(resource: Fields) -> Fields:
    """Return the resource with the one policy moto knows: once created, RetainExceptOnCreate retains."""
    retained = resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    return {**resource, "DeletionPolicy": "Retain"} if retained else resource


def _complete(local_aws: LocalAws, resources: Mapping[str, Fields]) -> None:
    """Do what moto's CloudFormation leaves out: policies of roles and queues, and notifications."""
    iam, s3, sqs = (local_aws.client(name) for name in ("iam", "s3", "sqs"))
    arns = {each["PolicyName"]: each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]}
    for role in _of_type(resources, "AWS::IAM::Role"):
        for reference in role["ManagedPolicyArns"]:
            policy = resources[reference.strip("${}")]["Properties"]["ManagedPolicyName"]
            iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=arns[policy])
    for properties in _of_type(resources, "AWS::SQS::QueuePolicy"):
        policy = json.dumps(properties["PolicyDocument"])
        for reference in properties["Queues"]:
            queue = resources[reference.strip("${}")]["Properties"]["QueueName"]
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    for bucket in _of_type(resources, "AWS::S3::Bucket"):
        configuration = {"QueueConfigurations": [_notification(resources, each) for each in _notifications(bucket)]}
        s3.put_bucket_notification_configuration(Bucket=bucket["BucketName"], NotificationConfiguration=configuration)


def _notifications(bucket: Fields) -> list[Fields]:
    found: list[Fields] = bucket["NotificationConfiguration"]["QueueConfigurations"]
    return found


def _notification(resources: Mapping[str, Fields], configured: Fields) -> Fields:
    """Return one of CloudFormation's notifications in the words of S3's API."""
    rules = configured["Filter"]["S3Key"]["Rules"]
    return {
        "QueueArn": _queue_arn(resources, configured["Queue"]),
        "Events": [configured["Event"]],
        "Filter": {"Key": {"FilterRules": rules}},
    }


def _queue_arn(resources: Mapping[str, Fields], reference: str) -> str:
    """Return the ARN that ``${Name.Arn}`` stands for."""
    name = reference.removeprefix("${").removesuffix(".Arn}")
    return ACCOUNT.arn("sqs", resources[name]["Properties"]["QueueName"])


def _parameters(root: Path, stage: str, **changed: str) -> dict[str, str]:
    return {**parameters(stage, stages(root)[stage]), **changed}


def _resources(root: Path, stage: str, **changed: str) -> dict[str, Fields]:
    account = {"AWS::AccountId": ACCOUNT.number, "AWS::Region": ACCOUNT.region}
    return Resolver(load(), _parameters(root, stage, **account, **changed)).resources()


def _of_type(resources: Mapping[str, Fields], kind: str) -> list[Fields]:
    """Return the properties of every resource of one type."""
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]
