"""The quick run of ``failures``: runs are counted in the logs, so every assertion is about what happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.experiments.support import log_reader
from lab.experiments.support.findings import Finding
from tests.lab.experiments.cells import cases, median

Run = Callable[[str], Finding]

DEADLY = ("crash", "out of memory", "timeout", "hanging handler")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("view raises", 500),
        ("handler raises", 502),
        ("crash", 502),
        ("out of memory", 502),
        ("timeout", 502),
        ("hanging handler", 504),
        ("init error", 502),
    ],
)
def test_what_the_caller_sees(finding: Run, kind: str, status: int) -> None:
    assert median(finding("failures"), kind, "status at the gateway") == status


def test_a_request_runs_once_and_a_failed_event_three_times(finding: Run) -> None:
    found = finding("failures")
    assert {median(found, kind, "runs of a request") for kind in cases(found, "runs of a request")} == {1}
    queued = {kind: median(found, kind, "runs of an asynchronous event") for kind in cases(found, "FunctionError")}
    assert queued.pop("view raises") == 1, "an answer of 500 is a success to Lambda"
    assert set(queued.values()) == {3}


def test_no_failed_event_is_lost(finding: Run) -> None:
    found = finding("failures")
    assert median(found, "all", "asynchronous failures lost") == 0
    kept = {kind: median(found, kind, "records at the failure destination") for kind in cases(found, "FunctionError")}
    assert kept.pop("view raises") == 0
    assert set(kept.values()) == {1}


def test_other_routes_are_answered_after_every_failure_but_of_loading(finding: Run) -> None:
    found = finding("failures")
    after = {kind: median(found, kind, "status of the next request") for kind in cases(found, "runs of a request")}
    assert after.pop("init error") == 502
    assert set(after.values()) == {200}
    assert found.holds is False


@pytest.mark.parametrize("kind", DEADLY)
def test_only_the_line_at_the_beginning_tells_the_route_of_a_request_that_died(finding: Run, kind: str) -> None:
    found = finding("failures")
    assert median(found, kind, "log names the route, level info") == 0
    assert median(found, kind, "log names the route, level debug") == 1


LOG = """START RequestId: one Version: $LATEST
{"level":"debug","event":"begin","request_id":"one","route":"GET /a"}
RequestId: one Error: Runtime exited with error: exit status 3
Runtime.ExitError
END RequestId: one
REPORT RequestId: one\tDuration: 1.00 ms\tBilled Duration: 1 ms\tStatus: error\tError Type: Runtime.ExitError\t
START RequestId: two Version: $LATEST
{"level":"info","event":"request","request_id":"two","route":"GET /b","status":500}
END RequestId: two
REPORT RequestId: two\tDuration: 1.00 ms\tBilled Duration: 1 ms\tInit Duration: 4.00 ms\t
START RequestId: three Version: $LATEST
[ERROR] RuntimeError: no
{"not": "ours"
END RequestId: three
REPORT RequestId: three\tDuration: 1.00 ms\tBilled Duration: 1 ms\t
"""


def test_logs_are_read_by_request(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(LOG)
    told = log_reader.read(tmp_path)
    assert {key: (each.runs, each.route, each.ends) for key, each in told.items()} == {
        "one": (1, "GET /a", ("Runtime.ExitError",)),
        "two": (1, "GET /b", ("500",)),
        "three": (1, "", ("raised",)),
    }
    assert log_reader.read(tmp_path, debug=False)["one"].route == ""


def test_a_request_that_ran_in_several_containers_is_one(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "logs" / f"{name}.log").write_text("START RequestId: one Version: $LATEST\n")
    assert log_reader.read(tmp_path)["one"].runs == 3
