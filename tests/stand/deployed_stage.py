"""What an outsider can see of a deployed stage at one moment."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from lab.account.function import REGION
from lab.http.server import Response
from tests.stand.clients import Clients
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import deployed_version

Fields = dict[str, Any]


class DeployedStage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's function, its API with the template behind it, its rules, and what the API serves.

    ``sha256`` is of the deployed zip, ``notifications`` are the bucket's, and ``principals`` are the services that may
    invoke the function.
    """

    function: Fields
    reserved_concurrency: int | None
    sha256: str
    api: Fields
    url: str
    template: Fields
    page: str
    health: Response
    access_log: Fields
    rules: list[Fields]
    notifications: Fields
    principals: set[str]
    role_policies: dict[str, Fields]


def describe(local_aws: LocalAws, name: str) -> DeployedStage:
    """Return the function of this name and everything Zappa created around it."""
    client = local_aws.client
    function = client("lambda").get_function(FunctionName=name)
    configuration = function["Configuration"]
    deployed = deployed_version(name, "")
    assert deployed is not None
    bucket = configuration["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].split("/")[2]
    api = next(each for each in client("apigateway").get_rest_apis()["items"] if each["name"] == name)
    url = f"https://{api['id']}.execute-api.{REGION}.amazonaws.com/{name.rpartition('-')[2]}"
    notifications = client("s3").get_bucket_notification_configuration(Bucket=bucket)
    return DeployedStage(
        function=configuration,
        reserved_concurrency=function.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        sha256=hashlib.sha256(deployed.archive).hexdigest(),
        api=api,
        url=url,
        template=client("cloudformation").get_template(StackName=name)["TemplateBody"],
        page=local_aws.send("GET", f"{url}/docs").body.decode(),
        health=local_aws.send("GET", f"{url}/healthz"),
        access_log=_access_log(client, api["id"], name.rpartition("-")[2]),
        rules=rules(client, configuration["FunctionArn"]),
        notifications={key: value for key, value in notifications.items() if key != "ResponseMetadata"},
        principals={each["Principal"]["Service"] for each in _function_policy(client, name)},
        role_policies=_role_policies(client, configuration["Role"].rpartition("/")[2]),
    )


def rules(client: Clients, arn: str) -> list[Fields]:
    """Return the EventBridge rules that invoke a function, each with its targets."""
    events = client("events")
    names = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    targets = {name: events.list_targets_by_rule(Rule=name)["Targets"] for name in names}
    return [{**events.describe_rule(Name=name), "Targets": targets[name]} for name in names]


def integration_uris(client: Clients, api: str) -> set[str]:
    """Return what an API's methods invoke: the URI of every integration."""
    gateway = client("apigateway")
    resources = gateway.get_resources(restApiId=api)["items"]
    found = [gateway.get_integration(restApiId=api, resourceId=each["id"], httpMethod="ANY") for each in resources]
    return {each["uri"] for each in found}


def leftovers(local_aws: LocalAws, name: str) -> list[str]:
    """Return what still exists of a function: itself, its APIs, rules and stack."""
    client = local_aws.client
    found = [f"api {api['id']}" for api in client("apigateway").get_rest_apis()["items"] if api["name"] == name]
    found += [f"rule {rule['Name']}" for rule in client("events").list_rules(NamePrefix=name)["Rules"]]
    if _exists(client("lambda").get_function, FunctionName=name):
        found.append("function")
    if _exists(client("cloudformation").describe_stacks, StackName=name):
        found.append("stack")
    return found


def _exists(operation: Any, **parameters: str) -> bool:
    try:
        operation(**parameters)
    except ClientError:
        return False
    return True


def _access_log(client: Clients, api: str, stage: str) -> Fields:
    settings: Fields = client("apigateway").get_stage(restApiId=api, stageName=stage).get("accessLogSettings", {})
    return settings


def _function_policy(client: Clients, name: str) -> list[Fields]:
    """Return the statements of the function's own policy."""
    statements: list[Fields] = json.loads(client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]
    return statements


def _role_policies(client: Clients, role: str) -> dict[str, Fields]:
    """Return the role's policies by name: those of its own, and the managed ones attached to it."""
    iam = client("iam")
    own = iam.list_role_policies(RoleName=role)["PolicyNames"]
    found = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in own}
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy_version(PolicyArn=each["PolicyArn"], VersionId="v1")["PolicyVersion"]
        found[each["PolicyName"]] = version["Document"]
    return found
