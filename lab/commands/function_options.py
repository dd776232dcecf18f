"""The options that describe a function, for the commands that run one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.account.app_settings import PREFIX, app_settings, given_settings
from lab.account.function import Function
from lab.account.package import from_tree, from_zip
from lab.account.variables import expect_room, expect_variable
from lab.commands.arguments import Name, Number, Option
from lab.errors import SetupError
from lab.traits import VCPU_MB

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-scaling.html, and the API reference of
# LambdaManagedInstancesCapacityProviderConfig
_MAX_CONCURRENCY: Final = 1600
_MANAGED_MEMORY_MB: Final = 2048
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
MEMORY: Final = Number(
    flag="--memory", default=VCPU_MB, low=128, high=10_240, whole=True, help="MB; more of it ends the container"
)
# AWS takes whole seconds
TIMEOUT: Final = Number(
    flag="--timeout", default=120, low=1, high=900, whole=True, help="seconds; a longer invocation ends the container"
)
FUNCTION_OPTIONS: Final[tuple[Option, ...]] = (
    Name(flag="--name", default="monolambda", allowed="[A-Za-z0-9_-]", longest=64, help="the function's name"),
    MEMORY,
    Number(
        flag="--max-concurrency",
        default=None,
        low=1,
        high=_MAX_CONCURRENCY,
        whole=True,
        help="invocations at once in a container, as on Managed Instances, "
        f"with {_MANAGED_MEMORY_MB} MB or more (default: one)",
    ),
    TIMEOUT,
)


def add_function_options(parser: argparse.ArgumentParser) -> None:
    """Add package, handler and environment to a command, beside FUNCTION_OPTIONS."""
    parser.add_argument("--package", type=Path, metavar="ZIP", help="what to run (default: this tree, this Python)")
    parser.add_argument("--handler", default="wsgi.handler", help="(default %(default)s)")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable for the function; repeatable"
    )


def described_function(
    parsed: argparse.Namespace, values: Mapping[str, Any], environ: Mapping[str, str], directory: Path
) -> Function:
    """Return the function that the options describe, those of FUNCTION_OPTIONS in ``values``; raise SetupError."""
    max_concurrency = values["max_concurrency"] or 0
    _check_managed(max_concurrency, values["memory"])
    named = _variables(parsed, environ)
    # a key in --env closes the app as one of the caller's does
    settings = named | app_settings({**environ, **named}, directory)
    given = {"handler": parsed.handler, "environment": settings, "memory_mb": values["memory"]}
    function = from_zip(parsed.package, directory, **given) if parsed.package else from_tree(**given)
    return msgspec.structs.replace(
        function, name=values["name"], timeout_s=float(values["timeout"]), max_concurrency=max_concurrency
    )


def _check_managed(max_concurrency: int, memory_mb: int) -> None:
    if max_concurrency and memory_mb < _MANAGED_MEMORY_MB:
        raise SetupError(
            f"--memory: expected at least {_MANAGED_MEMORY_MB} with --max-concurrency, received {memory_mb}"
        )


def _variables(parsed: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of --env; with the app's own of the caller they have to fit into a function."""
    ours, named = given_settings(environ), dict(_pair(text) for text in parsed.env)
    expect_room(ours | named, f"--env and {PREFIX}*" if ours else "--env")
    return named


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SetupError(f"--env: expected NAME=VALUE, received {text!r}")
    expect_variable(name, "--env")
    return name, value
