"""Intrinsic functions resolve as CloudFormation resolves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.template import Resolver, load

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: dev}
  Origins: {Type: CommaDelimitedList, Default: ""}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsOther: !Not [!Equals [!Ref Stage, dev]]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Name: !Sub "${Stage}-failed"
      Arn: !Sub "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Stage}"
      Target: !GetAtt Other.Arn
      Kind: !If [IsDev, small, large]
      Only: !If [IsOther, present, !Ref AWS::NoValue]
      Items: [a, !If [IsOther, b, !Ref AWS::NoValue]]
      Joined: !Join ["-", [!Ref Stage, x]]
      Origins: !Ref Origins
  Other:
    Type: AWS::SQS::Queue
    Condition: IsOther
    Properties: {}
"""


@pytest.fixture
def template(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return load(path)


def test_functions_are_resolved_for_the_default_parameters(template: dict[str, Any]) -> None:
    resources = Resolver(template, {}).resources()
    assert set(resources) == {"Queue"}
    assert resources["Queue"]["Properties"] == {
        "Name": "dev-failed",
        "Arn": "arn:aws:sqs:*:*:dev",
        "Target": "${Other.Arn}",
        "Kind": "small",
        "Items": ["a"],
        "Joined": "dev-x",
        "Origins": [""],
    }


def test_given_parameters_replace_the_defaults(template: dict[str, Any]) -> None:
    resources = Resolver(template, {"Stage": "live", "Origins": "https://a,https://b"}).resources()
    assert set(resources) == {"Queue", "Other"}
    properties = resources["Queue"]["Properties"]
    assert (properties["Kind"], properties["Only"], properties["Items"]) == ("large", "present", ["a", "b"])
    assert properties["Origins"] == ["https://a", "https://b"]


def test_pruning_removes_absent_list_members_and_keeps_functions(template: dict[str, Any]) -> None:
    properties = Resolver(template, {}).pruned()["Resources"]["Queue"]["Properties"]
    assert properties["Items"] == ["a"]
    assert properties["Name"] == {"Fn::Sub": "${Stage}-failed"}
    assert properties["Kind"] == {"Fn::If": ["IsDev", "small", "large"]}
