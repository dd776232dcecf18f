"""The template's resources for parameters a test chooses."""

from __future__ import annotations

from typing import Any

from app.storage import keys
from infra.template import Resolver, load
from tests.support.aws_permissions import Account
from tests.support.iam_policy import Policy

TEMPLATE = load()
ACCOUNT = Account("123456789012", "eu-central-1")
KEY_PREFIXES = {value for name, value in vars(keys).items() if name.isupper() and str(value).endswith("/")}

# moto creates none of these from a template, and warns; or needs Docker for what comes of it
UNKNOWN_TO_MOTO = {
    *("AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"),
    *("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig", "AWS::Budgets::Budget"),
    "AWS::ApiGateway::Account",
}


def resources(**parameters: str) -> dict[str, dict[str, Any]]:
    """Return the resources by logical id, with ``parameters`` over those of a stage called dev."""
    return Resolver(TEMPLATE, {"Stage": "dev", "Bucket": "images", "DeployBucket": "deploy", **parameters}).resources()


def properties(resource_type: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the properties of every resource of one type."""
    return [each["Properties"] for each in resources(**parameters).values() if each["Type"] == resource_type]


def runtime_policy(bucket: str = "images", **parameters: str) -> Policy:
    """Return the function's policy for one bucket."""
    found = resources(Bucket=bucket, **{"AWS::Region": ACCOUNT.region, "AWS::AccountId": ACCOUNT.number, **parameters})
    policy: Policy = found["RuntimePolicy"]["Properties"]["PolicyDocument"]
    return policy


def deployer_statements() -> list[dict[str, Any]]:
    """Return the statements of the policy for whoever runs Zappa."""
    statements: list[dict[str, Any]] = resources()["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return statements
