"""What can be seen of a stage from outside, at one moment."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from lab.accounts.function import REGION
from lab.http.server import Response
from tests.stand.aws import Stand
from tests.stand.backend import code_of
from tests.stand.notifications import statements

Fields = dict[str, Any]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's function, its API and that one's template, its rules, and what the API serves.

    ``sha256`` is of the deployed zip, ``triggers`` are the bucket's, ``admitted`` what the function says of it.
    """

    function: Fields
    reserved: int | None
    sha256: str
    api: Fields
    url: str
    template: Fields
    page: str
    health: Response
    rules: list[Fields]
    triggers: list[Fields]
    admitted: list[Fields]
    role_policies: dict[str, Fields]


def observe(stand: Stand, name: str) -> Seen:
    """Look at a deployed function and everything Zappa made around it."""
    told = stand.client("lambda").get_function(FunctionName=name)
    code = code_of(name, "")
    assert code is not None
    stage = name.rpartition("-")[2]
    bucket = told["Configuration"]["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].split("/")[2]
    api = next(each for each in stand.client("apigateway").get_rest_apis()["items"] if each["name"] == name)
    url = f"https://{api['id']}.execute-api.{REGION}.amazonaws.com/{stage}"
    return Seen(
        function=told["Configuration"],
        reserved=told.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        sha256=hashlib.sha256(code.archive).hexdigest(),
        api=api,
        url=url,
        template=stand.client("cloudformation").get_template(StackName=name)["TemplateBody"],
        page=stand.send("GET", f"{url}/docs").body.decode(),
        health=stand.send("GET", f"{url}/healthz"),
        rules=rules(stand, told["Configuration"]["FunctionArn"]),
        triggers=triggers(stand, bucket),
        admitted=statements(stand, name, bucket),
        role_policies=_policies(stand, told["Configuration"]["Role"].rpartition("/")[2]),
    )


def rules(stand: Stand, arn: str) -> list[Fields]:
    """Return the EventBridge rules that invoke a function, each with its targets."""
    events = stand.client("events")
    names = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    targets = {name: events.list_targets_by_rule(Rule=name)["Targets"] for name in names}
    return [{**events.describe_rule(Name=name), "Targets": targets[name]} for name in names]


def triggers(stand: Stand, bucket: str) -> list[Fields]:
    """Return which functions a bucket wakes, and for what."""
    told = stand.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    found: list[Fields] = told.get("LambdaFunctionConfigurations", [])
    return found


def integrations(stand: Stand, api: str) -> set[str]:
    """Return what an API's methods invoke: the uri of every integration."""
    client = stand.client("apigateway")
    resources = client.get_resources(restApiId=api)["items"]
    asked = [client.get_integration(restApiId=api, resourceId=each["id"], httpMethod="ANY") for each in resources]
    return {each["uri"] for each in asked}


def left(stand: Stand, name: str) -> list[str]:
    """Return what is still there of a function: itself, its APIs, its rules, its stack, what wakes it."""
    found = [f"api {api['id']}" for api in stand.client("apigateway").get_rest_apis()["items"] if api["name"] == name]
    rules_left = stand.client("events").list_rules(NamePrefix=name)["Rules"]
    found += [f"rule {rule['Name']}" for rule in rules_left]
    found += [f"trigger of {bucket}" for bucket, told in stand.notifications.items() if name in told.decode()]
    for what, exists in (("function", _function), ("stack", _stack)):
        try:
            exists(stand, name)
        except ClientError:
            continue
        found.append(what)
    return found


def _function(stand: Stand, name: str) -> None:
    stand.client("lambda").get_function(FunctionName=name)


def _stack(stand: Stand, name: str) -> None:
    stand.client("cloudformation").describe_stacks(StackName=name)


def _policies(stand: Stand, role: str) -> dict[str, Fields]:
    iam = stand.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
    return {name: json.loads(text) if isinstance(text, str) else text for name, text in documents.items()}
