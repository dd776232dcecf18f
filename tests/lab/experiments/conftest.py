"""Each experiment's quick run, made once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from lab.experiments import EXPERIMENTS
from lab.experiments.support.findings import Finding
from lab.experiments.support.workbench import Workbench


@pytest.fixture(scope="session")
def finding(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Finding]:
    """Return the quick run of an experiment by name."""

    @cache
    def run(name: str) -> Finding:
        return EXPERIMENTS[name](Workbench(tmp_path_factory.mktemp(name), quick=True))

    return run
