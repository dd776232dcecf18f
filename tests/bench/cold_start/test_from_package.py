"""The cold start of packages, run with few rounds: the packages match their description; times are not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report.results import Results
from measurement.stamps import BUILD
from tests.support.bench_results import medians


def test_three_packages_start_and_the_targets_are_on_cpu(package_results: Results) -> None:
    found = medians(package_results, "lambda_cold_start")
    assert len([name for case, name in found if case == "CPU"]) == 5
    assert all(value > 0 for value in found.values())
    figures = package_results.experiments["lambda_cold_start"].figures
    targets = {(each.case, each.measure): each.target.value for each in figures if each.target}
    assert targets == {
        ("CPU", "Monolambda / bare"): 0.75,
        ("CPU", "Monolambda / naive"): 0.5,
        ("CPU, /healthz", "Monolambda / bare"): 0.7,
        ("CPU, first page", "Monolambda / bare"): 1.1,
        ("CPU, first JPEG, warm", "Monolambda / not postponed"): 1.02,
        ("CPU, /healthz, warm", "Monolambda / not postponed"): 1.02,
        ("CPU, first page, warm", "Monolambda / not postponed"): 1.02,
    }


@pytest.mark.parametrize(
    ("cold", "warm", "baseline"),
    [
        ("CPU", "CPU, first JPEG, warm", "bare Flask + apig-wsgi + Pillow"),
        ("CPU, /healthz", "CPU, /healthz, warm", "bare Flask + apig-wsgi + Pillow"),
        ("CPU, first page", "CPU, first page, warm", "bare Flask + apig-wsgi + Pillow"),
        ("CPU, S3 event", "CPU, S3 event, warm", "boto3 + Pillow, without Flask"),
    ],
)
def test_a_warm_container_takes_less_than_a_start(
    package_results: Results, cold: str, warm: str, baseline: str
) -> None:
    found = medians(package_results, "lambda_cold_start")
    for label in ("Monolambda", baseline):
        assert found[warm, label] < found[cold, label] / 2


def test_the_naive_package_is_dated_as_zappa_dates_it(package_results: Results) -> None:
    """Otherwise Python would use its bytecode, and the comparison would be with something Zappa does not deploy."""
    folder = Path(BUILD, "packages", "naive", "task")
    assert {path.stat().st_mtime for path in folder.rglob("*.py*")} == {315_532_800}
    assert len(list(folder.rglob("*.pyc"))) > 100
    assert not (folder / "boto3").exists()
    assert (BUILD / "packages" / "sdk" / "task" / "boto3").is_dir()


def test_ours_and_bare_contain_the_same_libraries(package_results: Results) -> None:
    ours, bare = ({path.name for path in Path(BUILD, "packages", name, "task").iterdir()} for name in ("ours", "bare"))
    assert ours - bare == {"app", "NOTICE", "modules.bin"}
    assert bare - ours == {"bare_app.pyc"}
