"""Runs the experiments for real, once per session and with few rounds: too few to judge times, enough for the rest."""

from __future__ import annotations

import pytest

from bench.report.results import Results
from tests.support.bench_results import quick_run


@pytest.fixture(scope="session")
def engine_results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return what the engine experiment found, beside the real sharp."""
    return quick_run(tmp_path_factory.mktemp("bench") / "results.json", "engine")


@pytest.fixture(scope="session")
def package_results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return what the experiments on packages found."""
    return quick_run(tmp_path_factory.mktemp("bench") / "results.json", "handler", "lambda_cold_start")
