"""The experiments by name, in the order they run; each is a module or a package, imported when it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lab.experiments.support.findings import Finding
    from lab.experiments.support.workbench import Workbench

Experiment = Callable[["Workbench"], "Finding"]

NAMES: Final = (
    "one_or_many",
    "concurrency",
    "cold_start",
    "keep_warm",
    "pooling",
    "memory_between_requests",
    "after_response",
    "proxy_overhead",
    "payload",
    "failures",
    "throttle",
    "noisy_neighbour",
    "deploy_under_load",
    "memory_size",
    "many_per_container",
)


def _run(name: str, workbench: Workbench) -> Finding:
    found: Finding = import_module(f"{__name__}.{name}").run(workbench)
    return found


EXPERIMENTS: Final[Mapping[str, Experiment]] = {name: partial(_run, name) for name in NAMES}
