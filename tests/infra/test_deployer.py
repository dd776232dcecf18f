"""The deployer's policy as text: narrow, unable to give the function more, and what Zappa's code calls.

``tests/stand`` compares it with the calls that Zappa really made.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.iam import as_list
from tests.infra.test_template import resources

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
KNOW_NO_RESOURCE = {"cloudwatch:GetMetricStatistics"}


def statements() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources()["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_no_wildcard_action_and_no_resource_of_all() -> None:
    for statement in statements():
        assert not any("*" in action for action in as_list(statement["Action"])), statement["Sid"]
        assert "*" not in as_list(statement["Resource"]) or statement["Action"] in KNOW_NO_RESOURCE, statement["Sid"]


def test_it_reaches_no_image_and_no_secret() -> None:
    actions = {action for statement in statements() for action in as_list(statement["Action"])}
    assert not {action for action in actions if action.startswith(("ssm:", "kms:"))}
    objects = [s for s in statements() if "s3:GetObject" in as_list(s["Action"])]
    assert [statement["Resource"] for statement in objects] == ["arn:aws:s3:::deploy/*"]


def test_it_cannot_give_the_function_more_than_the_boundary() -> None:
    role = resources()["Role"]["Properties"]
    assert role["PermissionsBoundary"] == "${RuntimePolicy}"
    writing = [s for s in statements() if any(a.startswith("iam:") for a in as_list(s["Action"]))]
    actions = {action for statement in writing for action in as_list(statement["Action"])}
    assert actions == {"iam:GetRole", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:PassRole"}
    put = next(statement for statement in writing if statement["Action"] == "iam:PutRolePolicy")
    assert put["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": "${RuntimePolicy}"}}


def called(client: str) -> set[str]:
    """Return the methods of one client that Zappa's code calls, in AWS's spelling."""
    spec = importlib.util.find_spec("zappa")
    assert spec is not None
    assert spec.origin is not None
    source = "".join((Path(spec.origin).parent / name).read_text() for name in ("core.py", "cli.py"))
    names = set(re.findall(rf"\.{client}\.(\w+)\(", source)) - {"get_waiter", "get_paginator"}
    return {name.title().replace("_", "") for name in names}


@pytest.mark.parametrize(
    ("client", "service", "not_granted"),
    [
        # a Function URL is another door than the one here
        ("lambda_client", "lambda", {"CreateFunctionUrlConfig", "DeleteFunctionUrlConfig", "UpdateFunctionUrlConfig"}),
        ("cf_client", "cloudformation", set()),
        ("events_client", "events", set()),
        ("logs_client", "logs", {"DeleteLogGroup"}),  # the stack's
    ],
)
def test_deployer_has_what_zappas_code_calls(client: str, service: str, not_granted: set[str]) -> None:
    statements = resources()["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    actions = [action.split(":") for statement in statements for action in as_list(statement["Action"])]
    granted = {name for of, name in actions if of == service}
    of_paginators = {"ListStackResources"}
    asked = {"InvokeFunction" if name == "Invoke" else name for name in called(client)} - not_granted
    assert granted - of_paginators == asked
