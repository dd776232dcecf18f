"""The options that say which function to run, for the commands that run one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lab.accounts.app_settings import app_settings
from lab.accounts.function import Function
from lab.accounts.package import from_tree, from_zip
from lab.errors import SetupError


def add_function_options(command: argparse.ArgumentParser) -> None:
    """Add package, handler, name, memory, timeout and environment to a command."""
    command.add_argument("--package", type=Path, metavar="ZIP", help="what to run (default: this tree, this Python)")
    command.add_argument("--handler", default="wsgi.handler", help="(default %(default)s)")
    command.add_argument("--name", default="monolambda", help="the function's name (default %(default)s)")
    command.add_argument("--memory", type=int, default=1769, metavar="MB", help="(default %(default)s)")
    command.add_argument("--timeout", type=float, default=30.0, metavar="S", help="(default %(default)s)")
    command.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="for the function; repeatable"
    )


def function(asked: argparse.Namespace, environ: Mapping[str, str], directory: Path) -> Function:
    """Return what these options describe; raise SetupError."""
    settings = app_settings(environ, directory) | dict(_pair(text) for text in asked.env)
    if asked.package:
        function = from_zip(
            asked.package, directory, handler=asked.handler, environment=settings, memory_mb=asked.memory
        )
    else:
        function = from_tree(handler=asked.handler, environment=settings, memory_mb=asked.memory)
    return msgspec.structs.replace(function, name=asked.name, timeout_s=asked.timeout)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SetupError(f"--env: expected NAME=VALUE, received {text!r}")
    return name, value
