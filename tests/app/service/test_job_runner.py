"""Attempts at a job, in a directory and in S3: one worker at a time, and retries only where they help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.container import Container
from app.errors import StorageUnavailable
from app.service import RetryLater
from app.storage import keys
from tests.app.service.conftest import JobHarness
from tests.support.origin import Origin, ok
from tests.support.use_cases import PHOTO, SMALL
from tests.support.watched_storage import WatchedStorage


def test_a_job_runs_once(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    done = harness.run(job_id)
    assert done
    assert (done.state, done.attempts) == ("done", 1)
    assert harness.run(job_id) is None
    assert harness.storage.get(keys.job_body(job_id)) is None
    assert harness.status(job_id) == done
    assert harness.defer() == (job_id, done)
    assert len(harness.queue.job_ids) == 1


def test_a_running_job_belongs_to_its_worker(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    harness.crash(job_id, "first")
    assert harness.run(job_id, "second") is None
    assert harness.status(job_id).state == "running"


def test_a_platforms_retry_takes_over_at_once(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    harness.crash(job_id, "request id")
    done = harness.run(job_id, "request id")
    assert done
    assert (done.state, done.attempts) == ("done", 2)


def test_a_fourth_attempt_only_writes_that_the_job_failed(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    for _ in range(3):
        harness.crash(job_id, "request id")
    ended = harness.run(job_id, "request id")
    assert ended
    assert (ended.state, ended.attempts) == ("failed", 3)


@pytest.mark.parametrize(
    ("error", "code"), [(StorageUnavailable, "storage_unavailable"), (ZeroDivisionError, "internal_error")]
)
def test_a_temporary_failure_is_tried_three_times(harness: JobHarness, error: type[Exception], code: str) -> None:
    job_id, _ = harness.defer()
    harness.fail_at("get .body", error)
    for _ in range(2):
        with pytest.raises(RetryLater):
            harness.run(job_id)
        assert harness.status(job_id).state == "queued"
    if error is ZeroDivisionError:  # a bug is written down, and then raised
        with pytest.raises(ZeroDivisionError):
            harness.run(job_id)
    else:
        harness.run(job_id)
    failed = harness.status(job_id)
    assert (failed.state, failed.attempts) == ("failed", 3)
    assert failed.problem
    assert failed.problem["code"] == code
    assert "on purpose" not in failed.problem["detail"] or error is StorageUnavailable


def test_a_permanent_failure_is_tried_once(harness: JobHarness) -> None:
    job_id, _ = harness.defer(PHOTO[: len(PHOTO) // 3])
    failed = harness.run(job_id)
    assert failed
    assert (failed.state, failed.attempts) == ("failed", 1)


def test_a_url_is_fetched_when_the_job_runs(
    make_container: Callable[..., Container], watched: WatchedStorage, origin: Origin
) -> None:
    origin.routes["/a.jpg"] = ok(PHOTO)
    harness = JobHarness(make_container, watched, source_networks=("127.0.0.0/8",))
    job_id, _ = harness.jobs.defer(harness.jobs.new_request(SMALL, url=origin.url("/a.jpg")))
    assert origin.requests == []
    done = harness.run(job_id)
    assert done
    assert (done.state, len(origin.requests)) == ("done", 1)
