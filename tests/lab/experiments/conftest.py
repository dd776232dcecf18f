"""Each experiment's quick run, made once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from lab import recorded_traffic
from lab.experiments import EXPERIMENTS
from lab.experiments.support.findings import Finding
from lab.experiments.support.workbench import Workbench
from lab.recorded_traffic import Recording
from tests.support.lab.figures import RunQuick

Run = tuple[Finding, Workbench]


@pytest.fixture(scope="session")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return an experiment's finding and its workbench, by name."""

    @cache
    def run(name: str) -> Run:
        workbench = Workbench(tmp_path_factory.mktemp(name), quick=True)
        return EXPERIMENTS[name](workbench), workbench

    return run


@pytest.fixture(scope="session")
def finding(quick_run: Callable[[str], Run]) -> RunQuick:
    """Return the finding of an experiment's quick run, by name."""
    return lambda name: quick_run(name)[0]


@pytest.fixture
def recorded(quick_run: Callable[[str], Run]) -> Callable[[str], Recording]:
    """Return the recording of an experiment's quick run, by name."""
    return lambda name: recorded_traffic.read(quick_run(name)[1].recordings / f"{name}.json", "--replay")
