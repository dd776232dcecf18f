"""A pytest plugin: starts as a Lambda container does, and lets every test client go through the handler.

Whoever starts pytest sets the variables of a container.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection

import pytest

import wsgi  # noqa: F401  # makes an app and a container, as on Lambda, before anything else of the tests is imported
from app.core.imports.postponed import ModuleStandIn, NameStandIn

for variable in [name for name in os.environ if name.startswith(("AWS_", "MONOLAMBDA_"))]:
    del os.environ[variable]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs no app, and properties of hundreds of examples, which have a run of their own.

    What uses no client passes through no other code than usual: its first case stands for the others. What these use
    first, tests with a client use too, but for direct invocations, each of which is kept.
    """
    kept = [item for item in items if _repeats(item)]
    first = {_function(item): item for item in reversed(kept)}
    kept = [item for item in kept if _is_kept(item) or first[_function(item)] is item]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _repeats(item: pytest.Item) -> bool:
    return "make_container" in _fixtures(item) and not item.get_closest_marker("hypothesis")


def _is_kept(item: pytest.Item) -> bool:
    return "client" in _fixtures(item) or item.path.name == "test_direct.py"


def _fixtures(item: pytest.Item) -> Collection[str]:
    names: Collection[str] = getattr(item, "fixturenames", ())
    return names


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


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
