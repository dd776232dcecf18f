"""The report of imports, by package and stage."""

from __future__ import annotations

from lab.experiments.cold_start import import_times

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
