"""The stack of infra/monolambda.yaml, which must stand before Zappa deploys a stage."""

from __future__ import annotations

from typing import Any, Final

import click
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.deploy.cli import ZappaCli
from infra.deploy.settings import parameters

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_USABLE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
_NEVER_CREATED: Final = ("CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
# in the names that zappa_settings.json ships with
_PLACEHOLDER: Final = "EXAMPLE"
# what Zappa is given
_OUTPUTS: Final = {"RoleArn", "Storage", "DeadLetterArn", "DeadLetterUrl", "GatewayLogArn"}


class Stack:
    """A stack that is ready to be deployed to: its outputs, and the values of its parameters."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", [])}
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in description.get("Parameters", [])}


def name(cli: ZappaCli) -> str:
    """Return the stack's name; under the function's own name Zappa creates the stack of the API."""
    return f"{cli.lambda_name}-base"


def require_own_names(cli: ZappaCli) -> None:
    """Raise click.ClickException if buckets still have the names that the project ships with."""
    given = parameters(cli.api_stage, cli.stage_config)
    if left := [given[key] for key in ("Bucket", "DeployBucket") if _PLACEHOLDER in given[key]]:
        raise click.ClickException(
            f"{' and '.join(left)} in zappa_settings.json {'is' if len(left) == 1 else 'are'} not yours: replace "
            f"{_PLACEHOLDER} with a name of your own, in lower case, since all accounts share the names of buckets "
            f"(docs/deploy.md#before-the-first-time)"
        )


def find(cli: ZappaCli) -> Stack:
    """Return the stage's stack; raise click.ClickException with the command that creates it."""
    try:
        (description,) = cli.zappa.cf_client.describe_stacks(StackName=name(cli))["Stacks"]
    except ClientError as exc:
        if "does not exist" not in str(exc):
            raise click.ClickException(f"the stack {name(cli)} cannot be read: {exc}") from exc
        raise click.ClickException(
            f"there is no stack {name(cli)} in {cli.zappa.aws_region}, which has the role, the bucket and the log of "
            f"this stage. Create it:\n\n{command(cli)}\n"
        ) from exc
    status = description["StackStatus"].removesuffix("_CLEANUP_IN_PROGRESS")
    if status not in _USABLE:
        raise click.ClickException(f"the stack {name(cli)} is in the state {status}. {_cure(cli, status)}")
    found = Stack(description)
    if not found.outputs.keys() >= _OUTPUTS:
        raise click.ClickException(f"the stack {name(cli)} is of an older template. {_cure(cli, status)}")
    return found


def _cure(cli: ZappaCli, status: str) -> str:
    if status in _NEVER_CREATED:
        return (
            f"Delete it, and create it again; if the bucket exists already, it has to be taken over first: "
            f"docs/infra.md#a-bucket-that-exists-already\n\n{_delete_command(cli)}\n{command(cli)}\n"
        )
    if status.endswith("_IN_PROGRESS"):
        return f"Wait for it:\n\naws cloudformation describe-stacks --stack-name {name(cli)}\n"
    # such as IMPORT_COMPLETE, when it has the bucket and nothing else
    return f"Update it:\n\n{command(cli)}\n"


def _delete_command(cli: ZappaCli) -> str:
    return f"aws cloudformation delete-stack --stack-name {name(cli)}"


def command(cli: ZappaCli, **changed: str) -> str:
    """Return the command that creates or updates the stage's stack, with the parameters the settings give."""
    given = " ".join(f"{key}={value}" for key, value in (parameters(cli.api_stage, cli.stage_config) | changed).items())
    return (
        f"aws cloudformation deploy --stack-name {name(cli)} --template-file infra/monolambda.yaml \\\n"
        f"    --capabilities CAPABILITY_NAMED_IAM --parameter-overrides {given}"
    )


def require_same_storage(cli: ZappaCli, stack: Stack) -> None:
    """Raise ClickException if the function would keep its images elsewhere than its role permits."""
    configured, created = cli.stage_config["aws_environment_variables"]["MONOLAMBDA_STORAGE"], stack.outputs["Storage"]
    if configured.rstrip("/") != created:
        raise click.ClickException(
            f"MONOLAMBDA_STORAGE is {configured} in zappa_settings.json, and {created} in the stack {name(cli)}, whose "
            f"role can reach nothing else: change one of them"
        )


def hand_over(cli: ZappaCli, stack: Stack) -> None:
    """Make Zappa use the stack's role and dead-letter queue: nobody has to copy their ARNs."""
    cli.zappa.credentials_arn = stack.outputs["RoleArn"]
    cli.dead_letter_config = {"TargetArn": stack.outputs["DeadLetterArn"]}
    # a copy: Zappa adds the variables that the function has already
    cli.aws_environment_variables = wanted_variables(cli, stack)


def wanted_variables(cli: ZappaCli, stack: Stack) -> dict[str, str]:
    """Return the variables that the function is to have: those of the settings, and where its dead letters go."""
    return {
        "MONOLAMBDA_DEAD_LETTER_URL": stack.outputs["DeadLetterUrl"],
        **cli.stage_config["aws_environment_variables"],
    }


def print_second_pass(cli: ZappaCli, stack: Stack) -> None:
    """Print the command that makes the function read the inbox, until it was run."""
    if stack.parameters["Deployed"] != "true":
        click.echo(f"\nThe inbox is not read yet. Run this once:\n\n{command(cli, Deployed='true')}\n")
