"""One record becomes the log line, the counts and the metrics."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from app.runtime.log import Log
from app.runtime.request_record import Fault, RequestRecord, fault_of
from app.runtime.telemetry import Telemetry

REQUEST = RequestRecord(
    event="request", container="c", cold=True, route="GET /resize", status=200, code=None, seconds={"total": 0.25}
)
EVENT = RequestRecord(event="invocation", kind="direct", container="c", cold=False, seconds={"total": 0.25})
JOB = RequestRecord(event="job", container="c", state=None, seconds={"decode": 0.125, "total": 0.25})


def written(record: RequestRecord, *, function: str | None = None) -> tuple[dict[str, Any], Telemetry]:
    stream = io.StringIO()
    telemetry = Telemetry(Log("info", stream=stream), function=function, now=lambda: 1_700_000_000.0)
    telemetry.add(record)
    (line,) = stream.getvalue().splitlines()
    return json.loads(line), telemetry


def test_missing_fields_are_left_out_of_the_line() -> None:
    line, _ = written(REQUEST)
    assert line == {
        "level": "info",
        "event": "request",
        "container": "c",
        "cold": True,
        "route": "GET /resize",
        "status": 200,
        "code": None,
        "ms": {"total": 250.0},
    }
    assert written(JOB)[0] == {
        "level": "info",
        "event": "job",
        "container": "c",
        "state": None,
        "ms": {"decode": 125.0, "total": 250.0},
    }


def test_an_error_is_a_warning() -> None:
    failed = RequestRecord(event="invocation", kind="s3", container="c", seconds={"total": 0.0}, error="KeyError")
    line, _ = written(failed)
    assert (line["level"], line["error"]) == ("warning", "KeyError")


@pytest.mark.parametrize(("record", "route"), [(REQUEST, "GET /resize"), (EVENT, "EVENT direct")])
def test_requests_and_events_are_counted_and_measured_by_route(record: RequestRecord, route: str) -> None:
    line, telemetry = written(record, function="monolambda-dev")
    assert list(telemetry.routes.figures()) == [route]
    assert (line["route"], line["Requests"], line["Duration"]) == (route, 1, 250.0)
    assert "_aws" not in written(record)[0]


def test_a_job_is_counted_with_the_event_that_ran_it() -> None:
    line, telemetry = written(JOB, function="monolambda-dev")
    assert telemetry.routes.figures() == {}
    assert "_aws" not in line


@pytest.mark.parametrize(
    ("code", "failed", "fault"),
    [
        (None, False, None),
        (None, True, "ours"),
        ("not_found", False, None),
        ("storage_unavailable", True, "ours"),
        ("source_failed", True, "source"),
        ("source_not_found", False, "source"),
        (0, False, None),
        (["source_failed"], True, "ours"),
    ],
)
def test_each_error_code_has_a_side_at_fault(code: object, failed: bool, fault: Fault) -> None:
    assert fault_of(code, failed=failed) == fault
