"""A pytest plugin: starts as a Lambda container does, and lets every test client go through the handler.

Whoever starts pytest sets the variables of a container.
"""

from __future__ import annotations

import os
import sys

import pytest

import wsgi  # noqa: F401  # makes an app and a container, as on Lambda, before anything else of the tests is imported
from app.core.imports.postponed import ModuleStandIn, NameStandIn

for variable in [name for name in os.environ if name.startswith(("AWS_", "MONOLAMBDA_"))]:
    del os.environ[variable]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs no app, and properties of hundreds of examples, which have a run of their own."""
    config.hook.pytest_deselected(items=[item for item in items if not _repeats(item)])
    items[:] = filter(_repeats, items)


def _repeats(item: pytest.Item) -> bool:
    return "make_container" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("hypothesis")


def pytest_report_collectionfinish() -> str:
    """Say what still waits when the first test begins."""
    waiting = [
        f"{module.__name__}.{name}"
        for module in list(sys.modules.values())
        if module.__name__.partition(".")[0] in ("flask", "werkzeug", "PIL")
        for name, value in list(vars(module).items())
        if type(value) in (ModuleStandIn, NameStandIn)
    ]
    return f"waiting: {' '.join(sorted(waiting))}"
