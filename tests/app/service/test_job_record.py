"""The record of a job: who may run it, and when it is taken for dead."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.service import Job
from app.service.job_record import ATTEMPTS, STALL_S, JobRequest

WEEK_S = 7 * 24 * 3600
NOW = 1_900_000_000.0
REQUEST = JobRequest("id", "0" * 32, "format=auto&width=40", ("avif", "webp"))


def job(**fields: Any) -> Job:
    return Job(**{"state": "queued", "request": REQUEST, "owner": "a", "created": NOW, "changed": NOW, **fields})


def test_a_request_describes_its_result() -> None:
    spec = REQUEST.spec
    assert (spec.options.format, spec.options.width, spec.accepts) == ("auto", 40, ("avif", "webp"))
    assert not spec.persist


def test_a_record_survives_json_and_leaves_defaults_out() -> None:
    stored = msgspec.json.encode(job())
    assert msgspec.json.decode(stored, type=Job) == job()
    assert set(msgspec.json.decode(stored)) == {"state", "order", "owner", "created", "changed"}


def test_a_record_expires_a_week_after_its_last_change() -> None:
    assert not job(changed=NOW - WEEK_S).is_expired(NOW)
    assert job(changed=NOW - WEEK_S - 1).is_expired(NOW)


@pytest.mark.parametrize(
    ("fields", "stalled"),
    [
        ({"changed": NOW - STALL_S}, False),
        ({"changed": NOW - STALL_S - 1}, True),
        ({"state": "running", "lease": NOW - STALL_S, "attempts": ATTEMPTS - 1}, False),
        ({"state": "running", "lease": NOW - STALL_S - 1, "attempts": ATTEMPTS - 1}, True),
        ({"state": "running", "lease": NOW, "attempts": ATTEMPTS}, False),
        ({"state": "running", "lease": NOW - 1, "attempts": ATTEMPTS}, True),  # nobody retries after the last
        ({"changed": NOW + STALL_S}, False),  # the clocks of two machines differ a little
        ({"changed": NOW + STALL_S + 1}, True),  # the clock was set back
        ({"state": "running", "changed": NOW + STALL_S + 1, "lease": NOW + 400}, True),
        ({"state": "done", "changed": NOW + STALL_S + 1}, False),
        ({"state": "done", "changed": 0.0}, False),
        ({"state": "failed", "changed": 0.0}, False),
    ],
)
def test_a_job_stalls_when_nobody_is_left_to_retry_it(fields: dict[str, Any], stalled: bool) -> None:
    assert job(**fields).is_stalled(NOW) is stalled


@pytest.mark.parametrize(
    ("fields", "worker", "free"),
    [
        ({}, "b", True),
        ({"state": "running", "lease": NOW}, "b", False),
        ({"state": "running", "lease": NOW - 1}, "b", True),
        ({"state": "running", "lease": NOW + 60}, "a", True),  # its own earlier attempt, which crashed
        ({"state": "running", "changed": NOW + STALL_S, "lease": NOW + 400}, "b", False),
        ({"state": "running", "changed": NOW + STALL_S + 1, "lease": NOW + 400}, "b", True),
        ({"state": "done"}, "a", False),
        ({"state": "failed"}, "a", False),
    ],
)
def test_a_job_has_one_worker_at_a_time(fields: dict[str, Any], worker: str, free: bool) -> None:
    assert job(**fields).is_free(NOW, worker) is free
