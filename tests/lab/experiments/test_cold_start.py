"""The quick run of ``cold_start``: what is loaded and compiled is counted, so no assertion is about time."""

from __future__ import annotations

from collections.abc import Callable

from lab.experiments.support import import_times
from lab.experiments.support.findings import BarChart, Finding
from tests.lab.experiments.cells import cases, median, spread

Run = Callable[[str], Finding]


def test_every_way_is_started_in_every_turn(finding: Run) -> None:
    found = finding("cold_start")
    assert set(cases(found, "CPU")) == {
        *("bare Flask", "as shipped", "everything eager", "stale bytecode", "naive", "10 MB larger"),
    }
    assert {spread(found, case, "CPU").n for case in cases(found, "CPU")} == {2}


def test_stale_bytecode_compiles_every_module_of_ours(finding: Run) -> None:
    found = finding("cold_start")
    assert median(found, "as shipped", "modules compiled") == 0
    assert median(found, "stale bytecode", "modules compiled") > 50
    assert median(found, "stale bytecode", "modules loaded") == median(found, "as shipped", "modules loaded")


def test_eager_and_naive_load_what_the_request_does_not_need(finding: Run) -> None:
    found = finding("cold_start")
    loaded = {case: median(found, case, "modules loaded") for case in cases(found, "modules loaded")}
    assert loaded["everything eager"] > loaded["as shipped"] + 100
    assert loaded["naive"] > loaded["bare Flask"] + 100
    assert loaded["10 MB larger"] == loaded["as shipped"]


def test_imports_are_split_by_package_and_stage(finding: Run) -> None:
    found = finding("cold_start")
    assert median(found, "import flask", "load") > 0
    assert median(found, "import PIL", "first request") > median(found, "import PIL", "load")
    assert median(found, "as shipped", "of load, building the app") > 0
    bars = found.charts[0]
    assert isinstance(bars, BarChart)
    assert set(bars.cases["as shipped"]) == {"interpreter", "load", "first request"}


REPORT = """import time: self [us] | cumulative | imported package
import time:       900 |        900 | encodings
stage: load
import time:       100 |        100 |     flask.app
import time:       200 |        300 |   flask
import time:        40 |         40 |   _json
import time:        60 |         60 |   json
import time:       500 |        900 | wsgi
something the app wrote | with | bars
stage: first
import time:       700 |        700 | PIL.Image
stage: end
import time:       800 |        800 | late
"""


def test_the_report_of_imports_is_summed_by_package_and_stage() -> None:
    imports = import_times.parse(REPORT)
    assert {name: round(ms, 3) for name, ms in imports.load.items()} == {"flask": 0.3, "standard library": 0.1}
    assert imports.first == {"PIL": 0.7}
    assert imports.build_ms == 0.5
