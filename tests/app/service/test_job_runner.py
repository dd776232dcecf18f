"""Attempts at a job, in a directory and in S3: one worker at a time, and retries only where they help."""

from __future__ import annotations

import pytest

from app.errors import StorageUnavailable
from app.service import RetryLater
from app.storage import keys
from tests.app.service.conftest import Workbench
from tests.support.use_cases import PHOTO


def test_a_job_runs_once(bench: Workbench) -> None:
    job_id, _ = bench.defer()
    done = bench.run(job_id)
    assert done
    assert (done.state, done.attempts) == ("done", 1)
    assert bench.run(job_id) is None
    assert bench.storage.get(keys.job_body(job_id)) is None
    assert bench.status(job_id) == done
    assert bench.defer() == (job_id, done)
    assert len(bench.queue.job_ids) == 1


def test_a_running_job_is_another_workers(bench: Workbench) -> None:
    job_id, _ = bench.defer()
    bench.crash(job_id, "first")
    assert bench.run(job_id, "second") is None
    assert bench.status(job_id).state == "running"


def test_a_platforms_retry_takes_over_at_once(bench: Workbench) -> None:
    job_id, _ = bench.defer()
    bench.crash(job_id, "request id")
    done = bench.run(job_id, "request id")
    assert done
    assert (done.state, done.attempts) == ("done", 2)


def test_a_fourth_attempt_only_writes_that_the_job_failed(bench: Workbench) -> None:
    job_id, _ = bench.defer()
    for _ in range(3):
        bench.crash(job_id, "request id")
    ended = bench.run(job_id, "request id")
    assert ended
    assert (ended.state, ended.attempts) == ("failed", 3)


@pytest.mark.parametrize(
    ("error", "code"), [(StorageUnavailable, "storage_unavailable"), (ZeroDivisionError, "internal_error")]
)
def test_what_may_pass_is_tried_three_times(bench: Workbench, error: type[Exception], code: str) -> None:
    job_id, _ = bench.defer()
    bench.fail_at("get .body", error)
    for _ in range(2):
        with pytest.raises(RetryLater):
            bench.run(job_id)
        assert bench.status(job_id).state == "queued"
    if error is ZeroDivisionError:  # a bug is written down, and then raised
        with pytest.raises(ZeroDivisionError):
            bench.run(job_id)
    else:
        bench.run(job_id)
    failed = bench.status(job_id)
    assert (failed.state, failed.attempts) == ("failed", 3)
    assert failed.problem
    assert failed.problem["code"] == code
    assert "on purpose" not in failed.problem["detail"] or error is StorageUnavailable


def test_what_cannot_pass_is_tried_once(bench: Workbench) -> None:
    job_id, _ = bench.defer(PHOTO[: len(PHOTO) // 3])
    failed = bench.run(job_id)
    assert failed
    assert (failed.state, failed.attempts) == ("failed", 1)
