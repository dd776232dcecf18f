"""Attempts at a job, in a directory and in S3: one worker at a time, and retries only where they help."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from app.container import Container
from app.core.errors import StorageUnavailable
from app.options import parse
from app.service import Job, RenderSpec, RetryLater
from app.storage import keys
from tests.app.service.conftest import LEASE_S, IdleQueue, JobHarness
from tests.conftest import FakeClock
from tests.support.origin import Origin, ok
from tests.support.threads import run_concurrently
from tests.support.use_cases import PHOTO, SMALL, new_context, upload
from tests.support.watched_storage import WatchedStorage


def test_a_job_runs_once(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    done = harness.run(job_id)
    assert done
    assert (done.state, done.attempts) == ("done", 1)
    assert harness.run(job_id) is None
    assert harness.bodies(job_id) == []
    assert harness.status(job_id) == done
    assert harness.defer() == (job_id, done)
    assert len(harness.queue.job_ids) == 1


def test_a_result_may_be_too_large_to_be_a_source(make_container: Callable[..., Container]) -> None:
    container, context = make_container(max_source_pixels=160 * 120, queue=IdleQueue()), new_context()
    spec = RenderSpec(parse([("width", "320"), ("upscale", "true")]))
    jobs, permit = container.services.jobs, container.access.check_source_host
    job_id, _ = jobs.defer(jobs.new_request(spec, data=PHOTO), PHOTO)
    done = container.services.job_runner.run(context, job_id, worker="worker", permit=permit)
    assert done
    assert (done.state, done.problem) == ("done", None)


def test_a_running_job_belongs_to_its_worker(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    harness.crash(job_id, "first")
    assert harness.run(job_id, "second") is None
    assert harness.status(job_id).state == "running"


def test_of_two_workers_that_read_the_same_record_one_claims_the_job(harness: JobHarness) -> None:
    """The second worker runs the whole job between the first one's read and write."""
    job_id, _ = harness.defer()
    theirs: list[Job | None] = []

    def overtake(method: str, key: str) -> None:
        if method not in ("get", "stat") and key == keys.job(job_id):
            harness.storage.passes()
            theirs.append(harness.run(job_id, "second"))

    harness.storage.before = overtake
    assert harness.run(job_id, "first") is None
    (done,) = theirs
    assert done
    assert (done.state, done.owner, done.attempts) == ("done", "second", 1)
    assert harness.status(job_id) == done


def test_one_of_many_workers_that_start_together_claims_the_job(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    workers = [partial(harness.jobs.claim, job_id, f"worker {number}", seconds=30) for number in range(6)]
    claimed = [job for job in run_concurrently(*workers) if job]
    assert [job.attempts for job in claimed] == [1]
    assert harness.jobs.poll(job_id) == claimed[0]


@pytest.mark.parametrize("end", ["finish", "fail", "release"])
def test_a_worker_that_lost_its_job_changes_nothing(harness: JobHarness, clock: FakeClock, end: str) -> None:
    """Its lease ran out, and another one works on the job now."""
    job_id, _ = harness.defer()
    late = harness.jobs.claim(job_id, "late", seconds=1)
    assert late
    clock.advance(LEASE_S)
    current = harness.jobs.claim(job_id, "current", seconds=30)
    assert current
    if end == "finish":
        harness.jobs.finish(job_id, late, "0" * 32)
    elif end == "fail":
        harness.jobs.fail(job_id, msgspec.json.encode(late), late, StorageUnavailable("late"))
    else:
        harness.jobs.release(job_id, late)
    assert harness.jobs.poll(job_id) == current
    assert [harness.storage.get(key) for key in harness.bodies(job_id)] == [PHOTO]


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


def test_a_failed_job_that_is_requested_again_at_once_keeps_its_new_body(harness: JobHarness) -> None:
    """The second request comes between the record of the failure and the removal of the first body."""
    broken = PHOTO[: len(PHOTO) // 3]
    job_id, _ = harness.defer(broken)
    again: list[Job] = []

    def request_again(method: str, key: str) -> None:
        if method == "delete":
            harness.storage.passes()
            again.append(harness.defer(broken)[1])

    harness.storage.before = request_again
    harness.run(job_id)
    assert [job.state for job in again] == ["queued"]
    assert [harness.storage.get(key) for key in harness.bodies(job_id)] == [broken]


def test_a_job_of_an_earlier_version_has_a_body_without_a_name(harness: JobHarness) -> None:
    job_id, queued = harness.defer()
    for key in harness.bodies(job_id):
        harness.storage.delete(key)
    harness.storage.put(f"jobs/{job_id}.body", PHOTO, media_type="image/jpeg")
    unnamed = msgspec.json.encode(msgspec.structs.replace(queued, body_name=""))
    harness.storage.put(keys.job(job_id), unnamed, media_type=keys.JSON)
    done = harness.run(job_id)
    assert done
    assert (done.state, harness.bodies(job_id)) == ("done", [])


def test_what_a_job_has_made_stays_when_its_source_is_deleted(harness: JobHarness) -> None:
    """Somebody may have uploaded the same image."""
    images, jobs = harness.container.services.images, harness.jobs
    source = upload(harness.container)
    job_id, _ = jobs.defer(jobs.new_request(SMALL, id=source))
    done = harness.run(job_id)
    assert done
    images.delete(source)
    assert jobs.is_deleted(job_id)
    assert [image.id for image in images.list_after("", 9)] == [done.image]


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
