"""``cold_start``: the quick run counts modules and asserts no times; the verdict follows from the CPU of imports."""

from __future__ import annotations

import pytest

from lab.experiments.cold_start import StartMeasurement, judge
from lab.experiments.cold_start.import_times import Imports
from lab.experiments.cold_start.start_variants import (
    BARE_APP,
    EAGER,
    NAIVE_APP,
    NOT_POSTPONED,
    SHIPPED,
    STALE,
    ZAPPA,
    padded_name,
)
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


def start(cpu_s: float) -> StartMeasurement:
    return StartMeasurement(interpreter=0.01, load=cpu_s / 2, first=cpu_s / 2, cpu_s=cpu_s, modules=100, compiled=0)


@pytest.mark.parametrize(("shipped_s", "holds"), [(0.16, False), (0.22, False), (0.44, True)])
def test_the_verdict_turns_with_what_is_imported_and_leaves_size_open(shipped_s: float, holds: bool) -> None:
    others = (BARE_APP, EAGER, NAIVE_APP, NOT_POSTPONED, STALE, ZAPPA)
    # a package that is read five times slower changes nothing: that is not what this machine can decide
    starts = {**{name: [start(0.2)] for name in others}, SHIPPED: [start(shipped_s)], padded_name(150): [start(1.0)]}
    found = judge(starts, Imports({"flask": 50.0}, {"PIL": 20.0}, 5.0), [160.0], size_mib=150, is_package=True)
    assert found.holds is holds
    assert found.verdict.startswith(f"{'Yes' if holds else 'No'}: compared with bare Flask")
    assert "whether a large package starts slowly cannot be decided on this machine" in found.verdict


@pytest.mark.parametrize(
    ("eager_s", "naive_s", "words"),
    [
        pytest.param(0.4, 0.9, "; it is what is imported that counts: ", id="more imports take longer"),
        pytest.param(0.2, 0.9, "; what is imported does not always count: ", id="eager takes no longer"),
        pytest.param(0.4, 0.2, "; what is imported does not always count: ", id="naive takes no longer"),
    ],
)
def test_what_counts_is_said_from_the_variants_that_import_more(eager_s: float, naive_s: float, words: str) -> None:
    others = (BARE_APP, NOT_POSTPONED, STALE, ZAPPA, SHIPPED, padded_name(150))
    starts = {**{name: [start(0.2)] for name in others}, EAGER: [start(eager_s)], NAIVE_APP: [start(naive_s)]}
    found = judge(starts, Imports({"flask": 50.0}, {"PIL": 20.0}, 5.0), [160.0], size_mib=150, is_package=True)
    assert words in found.verdict
