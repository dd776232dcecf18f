"""Makes the secret and the first API key of a stage as SecureStrings in SSM, and prints the key.

``python -m infra.deploy.secrets STAGE``. A template could hold neither: CloudFormation makes no SecureString, and
shows its parameters. Only the hash of the key is kept. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

import hashlib
import secrets
import sys
from typing import Any

import boto3  # type: ignore[import-untyped]
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from infra.deploy.aws_errors import advice
from infra.deploy.cli import ZappaCli
from infra.deploy.settings import WrongSettings, stages


def make_parameters(ssm: Any, project: str, stage: str) -> list[str]:
    """Put the parameters that do not exist yet, with an SSM client, and return what to tell the reader."""
    key = secrets.token_hex(32)
    made = {
        f"/{project}/{stage}/secret": secrets.token_hex(32),
        f"/{project}/{stage}/api-keys": hashlib.sha256(key.encode()).hexdigest(),
    }
    lines = [_put(ssm, name, value) for name, value in made.items()]
    if not lines[1].endswith("exists already"):
        lines.append(f"The key, which is kept nowhere: {key}")
    return lines


def _put(ssm: Any, name: str, value: str) -> str:
    """Put a parameter that is not there; one that is keeps its value, and with it every id or every caller's key."""
    try:
        ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    except ssm.exceptions.ParameterAlreadyExists:
        return f"{name} exists already"
    return f"{name} made"


def print_reminder(cli: ZappaCli) -> None:
    """Print what makes the secrets that a stage refers to; whoever deploys may not look whether they exist."""
    if "ssm:" in str(cli.stage_config["aws_environment_variables"]):
        click.echo(f"Whatever needs a key is answered 503 until this was run once: make secrets STAGE={cli.api_stage}")


def main(arguments: list[str]) -> int:
    """Make the parameters of the stage that the arguments name; return the exit status."""
    known = stages()
    if len(arguments) != 1 or arguments[0] not in known:
        print(f"expected a stage of zappa_settings.json, {' or '.join(known)}: make secrets STAGE=dev", file=sys.stderr)
        return 2
    stage = arguments[0]
    try:
        lines = make_parameters(boto3.client("ssm"), known[stage]["project_name"], stage)
    except (BotoCoreError, ClientError) as exc:
        print(advice(exc), file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except WrongSettings as exc:
        sys.exit(str(exc))
