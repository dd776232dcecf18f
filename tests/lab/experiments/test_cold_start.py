"""The quick run of ``cold_start``: modules are counted, times are not asserted."""

from __future__ import annotations

from lab.experiments.support.findings import BarChart
from tests.support.lab.figures import RunQuick, cases, median, spread


def test_every_variant_is_started_in_every_turn(finding: RunQuick) -> None:
    found = finding("cold_start")
    assert set(cases(found, "CPU")) == {
        *("bare Flask", "as shipped", "nothing postponed", "everything eager", "stale bytecode", "naive"),
        *("Zappa's handler", "10 MB larger"),
    }
    assert {spread(found, case, "CPU").n for case in cases(found, "CPU")} == {2}


def test_stale_bytecode_compiles_every_module_of_ours(finding: RunQuick) -> None:
    found = finding("cold_start")
    assert median(found, "as shipped", "modules compiled") == 0
    assert median(found, "stale bytecode", "modules compiled") > 50
    assert median(found, "stale bytecode", "modules loaded") == median(found, "as shipped", "modules loaded")


def test_eager_and_naive_load_unneeded_modules(finding: RunQuick) -> None:
    found = finding("cold_start")
    loaded = {case: median(found, case, "modules loaded") for case in cases(found, "modules loaded")}
    assert loaded["everything eager"] > loaded["as shipped"] + 100
    assert loaded["naive"] > loaded["bare Flask"] + 100
    assert loaded["10 MB larger"] == loaded["as shipped"]


def test_what_is_postponed_and_what_zappa_imports_is_counted_in_modules(finding: RunQuick) -> None:
    found = finding("cold_start")
    loaded = {case: median(found, case, "modules loaded") for case in cases(found, "modules loaded")}
    assert loaded["nothing postponed"] > loaded["as shipped"] + 50
    assert loaded["Zappa's handler"] > loaded["bare Flask"] + 100


def test_imports_are_split_by_package_and_stage(finding: RunQuick) -> None:
    found = finding("cold_start")
    assert median(found, "import flask", "load") > 0
    assert median(found, "import PIL", "first request") > median(found, "import PIL", "load")
    assert median(found, "as shipped", "of load, building the app") > 0
    bars = found.charts[0]
    assert isinstance(bars, BarChart)
    assert set(bars.cases["as shipped"]) == {"interpreter", "load", "first request"}
