"""Removes MONOLAMBDA_* variables that left the settings: Zappa keeps every variable that it finds on a function."""

from __future__ import annotations

from typing import Any, Final

import click

from infra.deploy.cli import ZappaCli

PREFIX: Final = "MONOLAMBDA_"
# the aliases that Zappa moves with every update
_ALIASES_OF_ZAPPA: Final = ("provisioned-concurrency", "snapstart")


def remove_stale(cli: ZappaCli, wanted: dict[str, str]) -> None:
    """Remove our variables that are not ``wanted`` from the function, and print which."""
    client, function = cli.zappa.lambda_client, cli.lambda_name
    cli.zappa.wait_until_lambda_function_is_updated(function)
    present: dict[str, str] = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    stale = sorted(name for name in present if name.startswith(PREFIX) and name not in wanted)
    if not stale:
        return
    kept = {name: value for name, value in present.items() if name not in stale}
    client.update_function_configuration(FunctionName=function, Environment={"Variables": kept})
    cli.zappa.wait_until_lambda_function_is_updated(function)
    click.echo(f"Removed from {function}, because zappa_settings.json does not have them: {', '.join(stale)}")
    _release(cli)


def _release(cli: ZappaCli) -> None:
    """Move the alias that API Gateway calls, if any, to a version without the removed variables."""
    alias = cli.apigateway_lambda_qualifier
    if alias in _ALIASES_OF_ZAPPA:
        _move_alias(cli, alias)
    elif alias:
        click.echo(f"The alias {alias}, which is yours, still serves a version that has them: publish one and move it")


def _move_alias(cli: ZappaCli, alias: str) -> None:
    """Publish a version and move the alias there when it is ready, as Zappa does."""
    zappa, function = cli.zappa, cli.lambda_name
    client: Any = zappa.lambda_client
    version = client.publish_version(FunctionName=function)["Version"]
    zappa.wait_until_lambda_function_version_is_active(function, version)
    if cli.provisioned_concurrency is not None:
        client.put_provisioned_concurrency_config(
            FunctionName=function, Qualifier=version, ProvisionedConcurrentExecutions=cli.provisioned_concurrency
        )
        zappa.wait_until_lambda_function_provisioned_concurrency_is_ready(function, version)
    old = zappa.migrate_lambda_alias(function, alias, version)
    if cli.provisioned_concurrency is not None and old not in (None, version):
        client.delete_provisioned_concurrency_config(FunctionName=function, Qualifier=old)
