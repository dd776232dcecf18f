"""The stage's function, if it exists: what a deploy or an update would silently leave wrong about it."""

from __future__ import annotations

from typing import Any

import click

from infra.deploy.cli import ZappaCli
from infra.deploy.stack import Stack, command


def find(cli: ZappaCli) -> dict[str, Any] | None:
    """Return what GetFunction answers, or None when there is no such function."""
    client = cli.zappa.lambda_client
    try:
        found: dict[str, Any] = client.get_function(FunctionName=cli.lambda_name)
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def require_same_architecture(cli: ZappaCli, function: dict[str, Any] | None) -> None:
    """Raise ClickException if the package would be for another processor: Zappa uploads it all the same."""
    if function is None:
        return
    (created,) = function["Configuration"].get("Architectures", ["x86_64"])
    if created != cli.architecture:
        raise click.ClickException(
            f"architecture is {cli.architecture} in zappa_settings.json, and {cli.lambda_name} is {created}. It keeps "
            f"the architecture it was created with, and zappa update does not change that: undeploy and deploy again, "
            f"or take the setting back (docs/launch.md#arm64)"
        )


def require_first_pass(cli: ZappaCli, function: dict[str, Any] | None, stack: Stack) -> None:
    """Raise ClickException if the stack still has the mapping of an undeployed function, which would stay deaf."""
    if function is None and stack.parameters.get("Deployed") == "true":
        raise click.ClickException(
            f"the stack of {cli.lambda_name} has Deployed=true, and there is no such function: the inbox would not be "
            f"read after this deploy. Run this first:\n\n{command(cli, Deployed='false')}\n\n"
            f"and after zappa deploy {cli.api_stage} the command that it prints"
        )
