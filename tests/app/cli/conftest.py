"""Runs one command of ours as ``flask`` would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import cli, create_app
from app.container import Container

Run = Callable[..., Result]


@pytest.fixture
def run(make_container: Callable[..., Container]) -> Run:
    """Return a function that runs a command with settings, as ``run("purge", storage=…)``."""

    def invoke(*arguments: str, stdin: str = "", variables: tuple[str, ...] = (), **settings: Any) -> Result:
        container = settings.pop("container", None) or make_container(**settings)
        app = create_app(container)
        cli.register(app, container, variables)
        return CliRunner().invoke(app.cli, list(arguments), input=stdin)

    return invoke
