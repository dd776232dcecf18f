"""A deploy or an update that would leave the function on another processor, or the inbox deaf, is refused."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click
import pytest

from infra import zappa_callbacks
from infra.deploy import function
from infra.deploy.settings import stages
from infra.deploy.stack import Stack
from tests.infra.deploy.zappa_cli import zappa_cli


class _Lambda:
    """A client of one function, or of none."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, architecture: str = "") -> None:
        self._architecture = architecture

    def get_function(self, FunctionName: str) -> dict[str, Any]:
        assert FunctionName == "monolambda-dev"
        if not self._architecture:
            raise self.exceptions.ResourceNotFoundException
        return {"Configuration": {"Architectures": [self._architecture]}}


def _stack(deployed: str) -> Stack:
    return Stack({"Parameters": [{"ParameterKey": "Deployed", "ParameterValue": deployed}]})


def _require_same_architecture(present: str, wanted: str) -> None:
    cli = zappa_cli(clients={"lambda_client": _Lambda(present)}, architecture=wanted)
    function.require_same_architecture(cli, function.find(cli))


@pytest.mark.parametrize(("present", "wanted"), [("x86_64", "arm64"), ("arm64", "x86_64")])
def test_another_architecture_is_refused(present: str, wanted: str) -> None:
    """Zappa would upload libraries that the function cannot load."""
    with pytest.raises(
        click.ClickException, match=f"architecture is {wanted} .* monolambda-dev is {present}"
    ) as caught:
        _require_same_architecture(present, wanted)
    assert "undeploy and deploy again" in caught.value.message


@pytest.mark.parametrize(("present", "wanted"), [("x86_64", "x86_64"), ("arm64", "arm64"), ("", "arm64")])
def test_the_same_architecture_or_a_new_function_is_accepted(present: str, wanted: str) -> None:
    _require_same_architecture(present, wanted)


def test_a_mapping_of_an_undeployed_function_has_to_go_before_the_next_deploy() -> None:
    cli = zappa_cli(clients={"lambda_client": _Lambda()}, command="deploy")
    with pytest.raises(click.ClickException, match="Deployed=true, and there is no such function") as caught:
        function.require_first_pass(cli, function.find(cli), _stack("true"))
    assert "aws cloudformation deploy --stack-name monolambda-dev-base" in caught.value.message
    assert " Deployed=false" in caught.value.message
    function.require_first_pass(cli, function.find(cli), _stack("false"))


class _CloudFormation:
    """A client of a complete stack with ``Deployed=true``."""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        names = ("RoleArn", "DeadLetterArn", "DeadLetterUrl", "GatewayLogArn")
        outputs = {"Storage": "s3://images-acme/dev", **dict.fromkeys(names, "arn:aws:a")}
        return {
            "Stacks": [
                {
                    "StackStatus": "UPDATE_COMPLETE",
                    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
                    "Parameters": [{"ParameterKey": "Deployed", "ParameterValue": "true"}],
                }
            ]
        }


@pytest.mark.parametrize(
    ("command", "present", "refusal"),
    [
        ("deploy", "", "Deployed=true, and there is no such function"),
        ("update", "x86_64", "undeploy and deploy again"),
        ("update", "arm64", ""),
        ("schedule", "x86_64", ""),
    ],
)
def test_zappa_asks_before_it_does_anything(command: str, present: str, refusal: str) -> None:
    """Through the callback that Zappa runs first."""
    settings = stages()["dev"]
    ours = {"MONOLAMBDA_STORAGE": "s3://images-acme/dev"}
    cli = zappa_cli(
        clients={"lambda_client": _Lambda(present), "cf_client": _CloudFormation()},
        command=command,
        architecture="arm64",
        stage_config={**settings, "s3_bucket": "deploy-acme", "aws_environment_variables": ours},
    )
    with pytest.raises(click.ClickException, match=refusal) if refusal else nullcontext():
        zappa_callbacks.check_stage(cli)


def test_a_function_that_is_there_may_have_its_mapping() -> None:
    cli = zappa_cli(clients={"lambda_client": _Lambda("x86_64")}, command="deploy")
    function.require_first_pass(cli, function.find(cli), _stack("true"))
