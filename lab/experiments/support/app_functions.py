"""The app with something of an experiment's own around it, in a container as the app itself."""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping
from typing import Any

from lab.accounts.app_settings import app_settings
from lab.accounts.function import Function
from lab.accounts.package import PROJECT
from lab.experiments.support.workbench import FUNCTIONS, Workbench


def extended(
    workbench: Workbench, handler: str, environment: Mapping[str, str] | None = None, **given: Any
) -> Function:
    """Return a function of ``functions/`` that can import the app; its settings are those of ``workbench.app``."""
    return workbench.function(handler, environment=variables(workbench, environment or {}), **given)


def variables(workbench: Workbench, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a process needs in its environment to import the app and what is installed here."""
    others = {name: value for name, value in environment.items() if not name.startswith("MONOLAMBDA_")}
    return {**app_settings(environment, workbench.directory), **others, "PYTHONPATH": search_path()}


def search_path() -> str:
    """Return where Python finds the small functions, the app, and what is installed."""
    return f"{FUNCTIONS}:{PROJECT}:{sysconfig.get_path('purelib')}"
