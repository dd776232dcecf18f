"""The app with something of an experiment's own around it, in a container as the app itself."""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping
from typing import Any

from lab.app_settings import app_settings
from lab.experiments.desk import FUNCTIONS, Desk
from lab.function import Function
from lab.package import PROJECT


def extended(desk: Desk, handler: str, environment: Mapping[str, str] | None = None, **given: Any) -> Function:
    """Return a function of ``functions/`` that can import the app; its settings are those of ``desk.app``."""
    return desk.function(handler, environment=variables(desk, environment or {}), **given)


def variables(desk: Desk, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a process needs in its environment to import the app and what is installed here."""
    others = {name: value for name, value in environment.items() if not name.startswith("MONOLAMBDA_")}
    return {**app_settings(environment, desk.directory), **others, "PYTHONPATH": search_path()}


def search_path() -> str:
    """Return where Python finds the small functions, the app, and what is installed."""
    return f"{FUNCTIONS}:{PROJECT}:{sysconfig.get_path('purelib')}"
