"""A stack that cannot be deployed to is refused with the command that cures it."""

from __future__ import annotations

from typing import Any

import click
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.deploy import stack
from infra.deploy.settings import stages
from tests.infra.deploy.zappa_cli import zappa_cli

STORAGE = stages()["dev"]["aws_environment_variables"]["MONOLAMBDA_STORAGE"]


class _CloudFormation:
    """A client that knows one stack, in one state, or refuses to tell."""

    def __init__(self, status: str = "CREATE_COMPLETE", *, refusal: str = "", storage: str = STORAGE) -> None:
        self._status = status
        self._refusal = refusal
        arns = dict.fromkeys(("RoleArn", "DeadLetterArn", "GatewayLogArn"), "arn:aws:a")
        self.outputs = {"Storage": storage, "DeadLetterUrl": "https://queue", **arns}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        assert StackName == "monolambda-dev-base"
        if self._refusal:
            raise ClientError({"Error": {"Code": "Refused", "Message": self._refusal}}, "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"StackStatus": self._status, "Outputs": outputs}]}


def _cli(client: _CloudFormation) -> Any:
    return zappa_cli(clients={"cf_client": client})


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_a_complete_stack_is_used(status: str) -> None:
    assert stack.find(_cli(_CloudFormation(status))).outputs["Storage"] == STORAGE


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name monolambda-dev-base"),
        ("ROLLBACK_COMPLETE", "if the bucket exists already, it has to be taken over first: docs/infra.md#a-bucket"),
        ("CREATE_IN_PROGRESS", "aws cloudformation describe-stacks --stack-name monolambda-dev-base"),
        ("IMPORT_COMPLETE", "Update it:\n\naws cloudformation deploy --stack-name monolambda-dev-base"),
    ],
)
def test_any_other_state_is_refused_with_its_cure(status: str, cure: str) -> None:
    with pytest.raises(click.ClickException, match=f"in the state {status}") as caught:
        stack.find(_cli(_CloudFormation(status)))
    assert cure in caught.value.message


def test_a_stack_of_an_older_template_is_to_be_updated() -> None:
    client = _CloudFormation()
    del client.outputs["RoleArn"]
    with pytest.raises(click.ClickException, match="is of an older template") as caught:
        stack.find(_cli(client))
    assert "Update it:" in caught.value.message


def test_a_stack_that_may_not_be_read_is_not_called_missing() -> None:
    with pytest.raises(click.ClickException, match="cannot be read"):
        stack.find(_cli(_CloudFormation(refusal="AccessDenied")))


def test_a_storage_that_the_role_cannot_reach_is_refused() -> None:
    cli = _cli(_CloudFormation(storage="s3://other/dev"))
    with pytest.raises(click.ClickException, match="s3://other/dev in the stack"):
        stack.require_same_storage(cli, stack.find(cli))


def test_the_settings_are_stronger_than_the_stack() -> None:
    cli = _cli(_CloudFormation())
    found = stack.find(cli)
    assert stack.wanted_variables(cli, found)["MONOLAMBDA_DEAD_LETTER_URL"] == "https://queue"
    cli.stage_config["aws_environment_variables"]["MONOLAMBDA_DEAD_LETTER_URL"] = "https://another"
    assert stack.wanted_variables(cli, found)["MONOLAMBDA_DEAD_LETTER_URL"] == "https://another"
