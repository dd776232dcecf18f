"""Functions that run the app with an experiment's own code around it."""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping
from typing import Any

from lab.account.app_settings import PREFIX, app_settings
from lab.account.function import Function
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.stamps import ROOT


def app_function(
    workbench: Workbench, handler: str, environment: Mapping[str, str] | None = None, **given: Any
) -> Function:
    """Return a function of ``functions/`` that can import the app, with the settings of ``workbench.app``."""
    return workbench.function(handler, environment=app_environment(workbench, environment or {}), **given)


def app_environment(workbench: Workbench, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which a process can import the small functions, the app and what is installed."""
    others = {name: value for name, value in environment.items() if not name.startswith(PREFIX)}
    search_path = f"{FUNCTIONS}:{ROOT}:{sysconfig.get_path('purelib')}"
    return {**app_settings(environment, workbench.directory), **others, "PYTHONPATH": search_path}
