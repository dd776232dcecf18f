"""Checks that a stage can have the concurrency it asks for, which AWS refuses only when the function exists."""

from __future__ import annotations

from typing import Any, Final

import click

from infra.deploy.cli import ZappaCli

# What AWS leaves to the functions that reserve none. In accounts with a low limit it was seen to leave 10 or 50, and no
# API tells which: this is the number that AWS documents
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
_UNRESERVED: Final = 100


def require_concurrency(cli: ZappaCli, function: dict[str, Any] | None) -> None:
    """Raise ClickException if the account cannot give ``lambda_concurrency`` or ``provisioned_concurrency``.

    ``function`` is what GetFunction answers, None if there is none.
    """
    if cli.lambda_concurrency is not None and (cli.provisioned_concurrency or 0) > cli.lambda_concurrency:
        raise click.ClickException(
            f"provisioned_concurrency is {cli.provisioned_concurrency} in the stage {cli.api_stage} of "
            f"zappa_settings.json, and must be at most lambda_concurrency, which is {cli.lambda_concurrency}"
        )
    wanted = max(cli.lambda_concurrency or 0, cli.provisioned_concurrency or 0)
    reserved: int = (function or {}).get("Concurrency", {}).get("ReservedConcurrentExecutions", 0)
    if wanted <= reserved:
        return
    limits = cli.zappa.lambda_client.get_account_settings()["AccountLimit"]
    if limits["UnreservedConcurrentExecutions"] + reserved - wanted < _UNRESERVED:
        raise click.ClickException(
            f"{cli.lambda_name} is to have {wanted} concurrent executions. The account's limit in "
            f"{cli.zappa.aws_region} is {limits['ConcurrentExecutions']}, of which "
            f"{limits['UnreservedConcurrentExecutions']} are not reserved, and AWS keeps {_UNRESERVED} of these for "
            f"other functions. Ask for more:\n\n"
            f"aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
            f"--desired-value 1000\n\n"
            f"or take lambda_concurrency and provisioned_concurrency out of the stage {cli.api_stage} in "
            f"zappa_settings.json until you have it"
        )
