"""The server experiment, run with few rounds: that its figures and targets are there, not what they say."""

from __future__ import annotations

import shutil

import pytest

from bench.report.results import Results
from tests.support.bench_results import medians, quick_run

CASES = ("2 MP JPEG", "12 MP JPEG")
PEERS = ("node + sharp", "gunicorn, 8 threads")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return quick_run(tmp_path_factory.mktemp("server") / "results.json", "server")


def test_every_server_is_measured_on_both_sources(found: Results) -> None:
    values = medians(found, "server")
    for case in CASES:
        for label in ("Monolambda", *PEERS):
            assert values[case, f"CPU, {label}"] > 0
            assert not shutil.which("wrk") or values[case, f"requests/s, {label}"] > 0


def test_the_ratios_to_sharp_and_to_the_server_before_have_targets(found: Results) -> None:
    targets = {each.measure: each.target for each in found.experiments["server"].figures if each.target}
    expected = {f"CPU, Monolambda / {label}" for label in PEERS}
    expected |= {"requests/s, Monolambda / node + sharp"} if shutil.which("wrk") else set()
    assert set(targets) == expected
