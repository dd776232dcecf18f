"""Switches the access log of the API on; Zappa creates the API's stage without one."""

from __future__ import annotations

import json
from typing import Final

import click
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.deploy.cli import ZappaCli
from infra.deploy.stack import command

# the path without the query, which may hold a signature
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
_FIELDS: Final = {
    "request_id": "$context.requestId",
    "extended_request_id": "$context.extendedRequestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "integration_status": "$context.integration.status",
    "ms": "$context.responseLatency",
    "integration_ms": "$context.integration.latency",
    "bytes": "$context.responseLength",
}
FORMAT: Final = json.dumps(_FIELDS)


def switch_on(cli: ZappaCli, log_group_arn: str) -> None:
    """Make the API write a line for each request into the log group; print the cure when the account lacks a role."""
    if not cli.use_apigateway or cli.apigateway_version != "v1":
        return
    values = {"/accessLogSettings/destinationArn": log_group_arn, "/accessLogSettings/format": FORMAT}
    try:
        cli.zappa.apigateway_client.update_stage(
            restApiId=cli.zappa.get_api_id(cli.lambda_name),
            stageName=cli.api_stage,
            patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in values.items()],
        )
    except ClientError as exc:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        if "CloudWatch Logs role" not in str(exc):
            raise
        click.echo(
            f"\nThe API has no access log: API Gateway has no role to write logs with in this account and region. Run "
            f"this, then zappa update {cli.api_stage}:\n\n{command(cli, GatewayLogRole='true')}\n"
        )
