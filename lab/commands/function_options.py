"""The options that describe a function, for the commands that run one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from lab.accounts.app_settings import app_settings
from lab.accounts.function import Function
from lab.accounts.package import from_tree, from_zip
from lab.errors import SetupError

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-scaling.html, and the API reference of
# LambdaManagedInstancesCapacityProviderConfig
_MAX_CONCURRENCY: Final = 1600
_MANAGED_MEMORY_MB: Final = 2048


def add_code_options(parser: argparse.ArgumentParser) -> None:
    """Add package, handler and environment to a command."""
    parser.add_argument("--package", type=Path, metavar="ZIP", help="what to run (default: this tree, this Python)")
    parser.add_argument("--handler", default="wsgi.handler", help="(default %(default)s)")
    parser.add_argument(
        "--max-concurrency",
        type=int,
        default=0,
        metavar="N",
        help="invocations at once in a container, as on Lambda Managed Instances (default: one, as on Lambda)",
    )
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable for the function; repeatable"
    )


def add_function_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``add_code_options`` adds, and name, memory and timeout."""
    add_code_options(parser)
    parser.add_argument("--name", default="monolambda", help="the function's name (default %(default)s)")
    parser.add_argument("--memory", type=int, default=1769, metavar="MB", help="(default %(default)s)")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="(default %(default)s)")


def described_function(parsed: argparse.Namespace, environ: Mapping[str, str], directory: Path) -> Function:
    """Return the function that the options describe; raise SetupError."""
    _check_managed(parsed.max_concurrency, parsed.memory)
    settings = app_settings(environ, directory) | dict(_pair(text) for text in parsed.env)
    given = {"handler": parsed.handler, "environment": settings, "memory_mb": parsed.memory}
    function = from_zip(parsed.package, directory, **given) if parsed.package else from_tree(**given)
    return msgspec.structs.replace(
        function, name=parsed.name, timeout_s=parsed.timeout, max_concurrency=parsed.max_concurrency
    )


def _check_managed(max_concurrency: int, memory_mb: int) -> None:
    if not 0 <= max_concurrency <= _MAX_CONCURRENCY:
        raise SetupError(f"--max-concurrency: expected 1 to {_MAX_CONCURRENCY:,}, received {max_concurrency}")
    if max_concurrency and memory_mb < _MANAGED_MEMORY_MB:
        raise SetupError(
            f"--memory: expected at least {_MANAGED_MEMORY_MB} with --max-concurrency, received {memory_mb}"
        )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SetupError(f"--env: expected NAME=VALUE, received {text!r}")
    return name, value
