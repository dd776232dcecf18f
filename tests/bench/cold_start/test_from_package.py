"""The cold start of packages, run with few rounds: the packages match their description; times are not judged."""

from __future__ import annotations

from pathlib import Path

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
    }


def test_a_warm_container_answers_each_route_in_less_than_a_start(package_results: Results) -> None:
    found = medians(package_results, "lambda_cold_start")
    for cold in ("CPU", "CPU, /healthz", "CPU, first page"):
        warm = "CPU, first JPEG, warm" if cold == "CPU" else f"{cold}, warm"
        for label in ("Monolambda", "bare Flask + apig-wsgi + Pillow"):
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
