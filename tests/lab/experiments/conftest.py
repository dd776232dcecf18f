"""Each experiment's quick run, made once for all tests that look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from lab import recording
from lab.experiments import EXPERIMENTS
from lab.experiments.support.findings import Finding
from lab.experiments.support.workbench import Workbench
from lab.recording import Recording
from tests.support.lab.figures import RunQuick


@pytest.fixture(scope="session")
def samples_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the quick runs write their recordings."""
    return tmp_path_factory.mktemp("samples")


@pytest.fixture(scope="session")
def finding(tmp_path_factory: pytest.TempPathFactory, samples_directory: Path) -> RunQuick:
    """Return the finding of an experiment's quick run, by name."""

    @cache
    def run(name: str) -> Finding:
        return EXPERIMENTS[name](Workbench(tmp_path_factory.mktemp(name), samples_directory, quick=True))

    return run


@pytest.fixture
def recorded(finding: RunQuick, samples_directory: Path) -> Callable[[str], Recording]:
    """Return the recording of an experiment's quick run, by name."""

    def read(name: str) -> Recording:
        finding(name)
        return recording.read(samples_directory / f"{name}.json", "--replay")

    return read
