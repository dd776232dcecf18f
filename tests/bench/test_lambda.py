"""Runs the experiments on packages for real, with few rounds: figures are not judged here, that they are there is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from measurement.results import Report, decode
from measurement.stamps import BUILD, ROOT
from tests.bench.test_engine import NO_NODE

HANDLER_CASES = {f"{door}, {kind}" for door in ("v1", "v2") for kind in ("1 KB answer", "500 KB image", "1 MB upload")}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = tmp_path_factory.mktemp("bench") / "results.json"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out), "handler", "lambda_cold_start"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == NO_NODE and not os.environ.get("CI"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    return decode(out.read_bytes())


def measured(report: Report, experiment: str) -> dict[tuple[str, str], float]:
    return {(each.case, each.measure): each.spread.median for each in report.experiments[experiment].figures}


def test_the_handler_is_measured_on_every_case_in_both_shapes(report: Report) -> None:
    found = measured(report, "handler")
    for measure in ("direct WSGI call", "Monolambda, on top", "plain apig-wsgi, on top"):
        assert {case for case, name in found if name == measure} == HANDLER_CASES
    assert all(value > 0 for (_, name), value in found.items() if name == "direct WSGI call")


def test_text_and_image_have_targets_and_uploads_none(report: Report) -> None:
    limits = {each.case: each.limit for each in report.experiments["handler"].figures if "Monolambda" in each.measure}
    assert {case for case, limit in limits.items() if limit} == {case for case in HANDLER_CASES if "upload" not in case}


def test_three_packages_start_and_the_targets_are_on_cpu(report: Report) -> None:
    found = measured(report, "lambda_cold_start")
    assert len([name for case, name in found if case == "CPU"]) == 5
    assert all(value > 0 for value in found.values())
    limits = {each.measure: each.limit for each in report.experiments["lambda_cold_start"].figures if each.limit}
    assert {name: limit.value for name, limit in limits.items()} == {
        "Monolambda / bare": 1.15,
        "Monolambda / naive": 0.5,
    }


def test_the_naive_package_is_dated_as_zappa_dates_it(report: Report) -> None:
    """Else its bytecode would be used, and the comparison flatter nobody."""
    place = Path(BUILD, "packages", "naive", "task")
    assert {path.stat().st_mtime for path in place.rglob("*.py*")} == {315_532_800}
    assert len(list(place.rglob("*.pyc"))) > 100
    assert not (place / "boto3").exists()
    assert (BUILD / "packages" / "carried" / "task" / "boto3").is_dir()


def test_ours_and_bare_hold_the_same_libraries(report: Report) -> None:
    ours, bare = ({path.name for path in Path(BUILD, "packages", name, "task").iterdir()} for name in ("ours", "bare"))
    assert ours - bare == {"app"}
    assert bare - ours == {"bare_app.py"}
