"""Reads the report of ``python -X importtime``: the time of each module's own code, by package and stage."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

STANDARD: Final = "standard library"
_OWN: Final = frozenset({"wsgi"})


class Imports(msgspec.Struct, frozen=True):
    """Milliseconds by package, while loading and in the first request.

    A module's time is without the imports inside it; ``build_ms`` is that of ``wsgi``, which builds the app.
    """

    load: Mapping[str, float]
    first: Mapping[str, float]
    build_ms: float


def parse(report: str) -> Imports:
    """Return the sums of a report into which ``functions/staged.py`` has written its stages."""
    stages: dict[str, dict[str, float]] = {"load": defaultdict(float), "first": defaultdict(float)}
    build = 0.0
    for stage, module, milliseconds in _rows(report.splitlines()):
        if module in _OWN:
            build += milliseconds
        elif stage in stages:
            stages[stage][_package(module)] += milliseconds
    return Imports(stages["load"], stages["first"], build)


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    stage = ""
    for line in lines:
        if line.startswith("stage: "):
            stage = line.removeprefix("stage: ")
        elif line.startswith("import time:") and line.count("|") == 2:
            own, _, module = line.removeprefix("import time:").split("|")
            if own.strip().isdecimal():
                yield stage, module.strip(), int(own) / 1000


def _package(module: str) -> str:
    top = module.partition(".")[0]
    return STANDARD if top in sys.stdlib_module_names or top.startswith("_") else top
