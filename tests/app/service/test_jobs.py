"""The records of jobs, in a directory and in S3: which worker may run a job, and how a stalled one is recovered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.container import Container
from app.core.errors import Busy, NotFound, Unavailable
from app.service import Job
from app.service.job_record import STALL_S
from app.storage import keys
from tests.app.service.conftest import LEASE_S, JobHarness
from tests.conftest import FakeClock
from tests.support.use_cases import PHOTO, SMALL, upload
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]
WEEK_S = 7 * 24 * 3600
DEEP = b'{"order":' * 100_000
WRITES = {"put", "put_new", "put_stream", "compare_and_swap", "delete", "delete_prefix"}


def test_a_job_is_stored_before_it_is_queued(harness: JobHarness) -> None:
    harness.queue.full = True
    with pytest.raises(Busy):
        harness.defer()
    harness.queue.full = False
    job_id, queued = harness.defer()  # the refused job has failed, and may be requested again
    assert (queued.state, harness.queue.job_ids) == ("queued", [job_id])
    assert [harness.storage.get(key) for key in harness.bodies(job_id)] == [PHOTO]


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}", b"\xff" * 40, b'{"state": "gone"}', DEEP])
def test_a_damaged_record_is_like_none_and_is_replaced(harness: JobHarness, damaged: bytes) -> None:
    job_id, _ = harness.defer()
    harness.storage.put(keys.job(job_id), damaged, media_type=keys.JSON)
    with pytest.raises(NotFound):
        harness.status(job_id)
    assert harness.run(job_id) is None
    assert harness.defer()[1].state == "queued"
    done = harness.run(job_id)
    assert done is not None
    assert done.state == "done"


def test_a_job_whose_result_is_damaged_is_run_again(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    done = harness.run(job_id)
    assert done is not None
    harness.storage.put(keys.original(done.image), b"", media_type="image/jpeg")
    assert harness.defer()[1].state == "queued"
    harness.run(job_id)
    assert harness.storage.get(keys.original(done.image))


def test_concurrent_requests_to_two_containers_make_one_job(harness: JobHarness, make_container: Make) -> None:
    """The other writes its record between this one's read and write, and so this one's write must fail."""
    other = JobHarness(make_container, WatchedStorage(harness.storage.inner), now=harness.container.now)
    theirs: list[tuple[str, Job]] = []

    def overtake(method: str, key: str) -> None:
        if method == "put_new" and not theirs:
            theirs.append(other.defer())

    harness.storage.before = overtake
    job_id, joined = harness.defer()
    assert [(job_id, joined)] == theirs
    assert (harness.queue.job_ids, other.queue.job_ids) == ([], [job_id])
    assert len(harness.bodies(job_id)) == 1


def test_the_same_request_has_the_same_id_for_those_who_know_the_secret(
    make_container: Make, watched: WatchedStorage
) -> None:
    one, again, other = (
        JobHarness(make_container, watched, secret=secret).defer()[0] for secret in ("a" * 32, "a" * 32, "b" * 32)
    )
    assert one == again != other


def test_a_request_that_loses_every_race_is_unavailable(harness: JobHarness) -> None:
    """Another process creates the record before each write, and deletes it before the next read."""
    inner = harness.storage.inner

    def race(method: str, key: str) -> None:
        if method == "put_new":
            inner.put(key, b"theirs", media_type=keys.JSON)
        elif method == "get" and key.startswith(keys.JOBS):
            inner.delete(key)

    harness.storage.before = race
    with pytest.raises(Unavailable, match="keep changing"):
        harness.defer()
    assert harness.queue.job_ids == []


def test_a_job_that_is_no_longer_stalled_is_left_alone(harness: JobHarness, clock: FakeClock) -> None:
    job_id, queued = harness.defer()
    clock.advance(STALL_S + 1)
    done = harness.run(job_id)
    assert harness.jobs.requeue_if_stalled(job_id, queued) == done
    assert harness.queue.job_ids == [job_id]


def test_a_stalled_job_is_queued_by_one_of_two_status_requests(harness: JobHarness, clock: FakeClock) -> None:
    """The other status request queues the job between this one's read and write."""
    job_id, queued = harness.defer()
    clock.advance(STALL_S + 1)

    theirs: list[Job] = []

    def overtake(method: str, key: str) -> None:
        if method not in ("get", "stat") and key == keys.job(job_id):
            harness.storage.passes()
            theirs.append(harness.status(job_id))

    harness.storage.before = overtake
    assert harness.jobs.requeue_if_stalled(job_id, queued).state == "queued"
    assert [job.state for job in theirs] == ["queued"]
    assert harness.queue.job_ids == [job_id, job_id]


def test_a_body_that_is_gone_is_not_found(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    harness.storage.delete(*harness.bodies(job_id))
    failed = harness.run(job_id)
    assert failed
    assert failed.problem
    assert (failed.state, failed.problem["code"]) == ("failed", "not_found")


def test_polling_writes_nothing_and_queues_nothing(harness: JobHarness, clock: FakeClock) -> None:
    job_id, queued = harness.defer()
    clock.advance(STALL_S + 1)
    harness.storage.calls.clear()
    assert harness.jobs.poll(job_id) == queued
    assert not WRITES & set(harness.storage.calls)
    assert harness.queue.job_ids == [job_id]
    assert harness.status(job_id).changed == clock.seconds
    assert harness.queue.job_ids == [job_id, job_id]


def test_a_dead_job_is_set_going_again_by_a_status_request(harness: JobHarness, clock: FakeClock) -> None:
    job_id, _ = harness.defer()
    harness.crash(job_id)
    clock.advance(LEASE_S + STALL_S - 2)
    assert harness.status(job_id).state == "running"
    clock.advance(4)
    assert harness.status(job_id).state == "queued"
    assert harness.status(job_id).state == "queued"
    assert harness.queue.job_ids == [job_id, job_id]
    done = harness.run(job_id, "another")
    assert done
    assert done.state == "done"


def test_a_job_that_never_reached_the_queue_is_queued_again(harness: JobHarness, clock: FakeClock) -> None:
    job_id, _ = harness.defer()
    clock.advance(STALL_S + 1)
    harness.queue.full = True
    assert harness.status(job_id).state == "queued"
    harness.queue.full = False
    assert harness.status(job_id).state == "queued"
    assert harness.queue.job_ids == [job_id, job_id]


def test_a_request_for_a_stalled_job_is_told_that_the_queue_is_full(harness: JobHarness, clock: FakeClock) -> None:
    job_id, _ = harness.defer()
    harness.crash(job_id)
    clock.advance(LEASE_S + STALL_S + 1)
    harness.queue.full = True
    with pytest.raises(Busy):
        harness.defer()
    assert harness.status(job_id).state == "running"
    harness.queue.full = False
    assert harness.defer()[1].state == "queued"
    assert harness.queue.job_ids == [job_id, job_id]


def test_after_three_crashes_a_job_has_failed(harness: JobHarness, clock: FakeClock) -> None:
    job_id, _ = harness.defer()
    for _ in range(3):
        harness.crash(job_id, "request id")
    assert harness.status(job_id).state == "running"
    clock.advance(LEASE_S + 1)
    failed = harness.status(job_id)
    assert failed.state == "failed"
    assert failed.problem
    assert failed.problem["code"] == "internal_error"
    assert "3 attempts" in failed.problem["detail"]
    assert harness.defer()[1].state == "queued"


def test_a_job_is_forgotten_after_a_week(harness: JobHarness, clock: FakeClock) -> None:
    job_id, _ = harness.defer()
    harness.run(job_id)
    clock.advance(WEEK_S - 10)
    assert harness.status(job_id).state == "done"
    clock.advance(20)
    with pytest.raises(NotFound):
        harness.status(job_id)
    assert harness.defer()[1].state == "queued"


def test_the_id_reveals_nothing_and_is_no_image(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    identify = harness.container.services.images.identify
    assert keys.check_job(job_id) == job_id
    assert job_id != identify(PHOTO)
    text = b"monolambda job v1\nbody\n" + identify(PHOTO).encode()
    assert not harness.jobs.new_request(SMALL, data=text).source.startswith(job_id)


def test_records_hold_no_more_than_they_need(harness: JobHarness) -> None:
    job_id, _ = harness.defer()
    record: dict[str, Any] = msgspec.json.decode(harness.storage.get(keys.job(job_id)) or b"")
    assert set(record) == {"state", "order", "owner", "created", "changed", "body"}
    job_id, _ = harness.jobs.defer(harness.jobs.new_request(SMALL, id=upload(harness.container)))
    record = msgspec.json.decode(harness.storage.get(keys.job(job_id)) or b"")
    assert set(record) == {"state", "order", "owner", "created", "changed"}
