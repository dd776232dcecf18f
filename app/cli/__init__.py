"""The command line: what `flask --help` lists beside Flask's own commands. Lambda never loads it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container


def register(app: Flask, container: Container, variables: Collection[str]) -> None:
    """Give ``app`` its commands; ``variables`` are the names of the environment's.

    Their modules are imported here because servers, which have no use for them, load this package too.
    """
    from app.cli import check, hash_key, purge, resize, settings, sign_url

    for module in (check, hash_key, purge, resize, sign_url):
        app.cli.add_command(module.command(container))
    app.cli.add_command(settings.command(container, variables))


def is_flask() -> bool:
    """Return whether this process is `flask` with any command: it is alone, also where it serves."""
    context = click.get_current_context(silent=True)
    return context is not None and context.find_root().command.name == "flask"


def is_flask_run() -> bool:
    """Return whether this process is `flask run`: a server, which has a log to begin."""
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name == "run"
