"""The deployer's policy is narrow, cannot give the function more, and covers the calls in Zappa's code.

``tests/stand`` compares it with the calls that Zappa really makes.
"""

from __future__ import annotations

import importlib.util
import re
import textwrap
from pathlib import Path
from typing import Any, cast

import pytest

from infra.package.build import ROOT
from infra.template import parse
from tests.infra.monolambda.resources import TEMPLATE, deployer_statements
from tests.support.iam_policy import as_list

FUNCTION_URLS = {"CreateFunctionUrlConfig", "DeleteFunctionUrlConfig", "UpdateFunctionUrlConfig"}
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
WITHOUT_RESOURCE = {"cloudwatch:GetMetricStatistics", "lambda:GetAccountSettings"}
CHANGES_TO_APIS = {"apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE"}


def test_no_statement_has_a_wildcard_action_or_covers_all_resources() -> None:
    for statement in deployer_statements():
        assert not any("*" in action for action in as_list(statement["Action"])), statement["Sid"]
        assert "*" not in as_list(statement["Resource"]) or statement["Action"] in WITHOUT_RESOURCE, statement["Sid"]


def test_no_image_and_no_secret_can_be_read() -> None:
    actions = {action for statement in deployer_statements() for action in as_list(statement["Action"])}
    assert not {action for action in actions if action.startswith(("ssm:", "kms:"))}
    reading = [each for each in deployer_statements() if "s3:GetObject" in as_list(each["Action"])]
    assert [statement["Resource"] for statement in reading] == ["arn:aws:s3:::deploy/monolambda-dev-*"]


def test_only_the_api_of_this_stage_can_be_changed() -> None:
    """An API has its id only when it exists, so its tag says whose it is."""
    changing = [each for each in deployer_statements() if CHANGES_TO_APIS & set(as_list(each["Action"]))]
    assert {statement["Sid"] for statement in changing} == {"Api", "CreateApi", "TagApi"}
    for statement in changing:
        tags = statement["Condition"]["StringEquals"]
        assert set(tags) <= {"aws:ResourceTag/ZappaProject", "aws:RequestTag/ZappaProject"}
        assert set(tags.values()) == {"monolambda-dev"}


def test_an_api_of_another_project_cannot_be_claimed_by_tagging_it() -> None:
    tagging = next(each for each in deployer_statements() if each["Sid"] == "TagApi")
    assert tagging["Condition"]["StringEqualsIfExists"] == {"aws:ResourceTag/ZappaProject": "monolambda-dev"}


def test_the_function_cannot_be_given_another_role_nor_more_rights() -> None:
    with_iam = [
        statement
        for statement in deployer_statements()
        if any(action.startswith("iam:") for action in as_list(statement["Action"]))
    ]
    (statement,) = with_iam
    assert (statement["Action"], statement["Resource"]) == ("iam:PassRole", "${Role.Arn}")


def _called(client: str) -> set[str]:
    """Return the methods of one boto3 client that Zappa's code calls, as AWS spells the actions."""
    spec = importlib.util.find_spec("zappa")
    assert spec is not None
    assert spec.origin is not None
    source = "".join((Path(spec.origin).parent / name).read_text() for name in ("core.py", "cli.py"))
    names = set(re.findall(rf"\.{client}\.(\w+)\(", source)) - {"get_waiter", "get_paginator"}
    return {name.title().replace("_", "") for name in names}


@pytest.mark.parametrize(
    ("client", "service", "not_granted"),
    [
        # the stages as shipped have no Function URL
        ("lambda_client", "lambda", FUNCTION_URLS),
        ("cf_client", "cloudformation", set()),
        ("events_client", "events", set()),
        ("logs_client", "logs", {"DeleteLogGroup"}),  # the stack's log group stays
    ],
)
def test_the_calls_in_zappas_code_are_granted(client: str, service: str, not_granted: set[str]) -> None:
    actions = [action.split(":") for statement in deployer_statements() for action in as_list(statement["Action"])]
    granted = {name for prefix, name in actions if prefix == service}
    by_others = {"ListStackResources", "GetAccountSettings"}  # a paginator, and our own callback
    called = {"InvokeFunction" if name == "Invoke" else name for name in _called(client)} - not_granted
    assert granted - by_others == called


def test_the_page_has_the_statements_for_other_gateways() -> None:
    page = (ROOT / "docs" / "infra.md").read_text()
    blocks = [
        textwrap.dedent(block) for block in re.findall(r"^  ```yaml\n(.*?)^  ```", page, re.DOTALL | re.MULTILINE)
    ]
    api, create, url = (cast(dict[str, Any], statement) for block in blocks for statement in parse(block))
    assert {f"lambda:{name}" for name in FUNCTION_URLS} == set(url["Action"])
    ours = {
        each["Sid"]: each
        for each in TEMPLATE["Resources"]["DeployerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    }
    for statement, model in ((api, ours["Api"]), (create, ours["CreateApi"])):
        resource = {"Fn::Sub": model["Resource"]["Fn::Sub"].replace("/restapis", "/apis")}
        assert statement == {**model, "Sid": statement["Sid"], "Resource": resource}
