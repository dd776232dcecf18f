"""The life of a job's record: who may run it, what a crash leaves, when it is given up; in a directory and in S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app import service
from app.container import Container
from app.deadline import Deadline, Stopwatch
from app.errors import Busy, NotFound, StorageUnavailable
from app.options import parse
from app.service import Job, RenderSpec, RequestContext, RetryLater
from app.service.job_record import STALL_S
from app.storage import keys
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.asking import hand_in
from tests.support.watched import Watched

Make = Callable[..., Container]
PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG")
SMALL = RenderSpec(parse([("width", "40")]))
LEASE_S = 30 + 5
WEEK_S = 7 * 24 * 3600


class Submitted:
    """Takes jobs and runs none."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.full = False

    def submit(self, job: str) -> None:
        if self.full:
            raise Busy("full")
        self.jobs.append(job)


class Stand:
    """One container whose jobs run when a test says so."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.deferred = Submitted()
        container.tools = msgspec.structs.replace(container.tools, deferred=self.deferred)
        self.storage = container.tools.storage

    def defer(self, data: bytes = PHOTO) -> tuple[str, Job]:
        tools = self.container.tools
        return service.defer(tools, service.order(tools, SMALL, data=data), data)

    def look(self, job: str) -> Job:
        return service.look(self.container.tools, job)

    def run(self, job: str, worker: str = "worker") -> Job | None:
        turn = RequestContext(Deadline.after(30), Stopwatch())
        permit = self.container.access.permit_any
        return service.run(self.container.tools, turn, job, worker=worker, permit=permit)

    def crash(self, job: str, worker: str = "worker") -> None:
        """Let the worker die right after it claimed the job."""
        self.fail_at("get .body", KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            self.run(job, worker)
        hand_in(self.container, self.storage)

    def fail_at(self, place: str, error: type[BaseException]) -> None:
        method, _, part = place.partition(" ")

        def fail(called: str, key: str) -> None:
            if called == method and part in key:
                raise error("on purpose")

        hand_in(self.container, Watched(self.storage, fail))


@pytest.fixture(params=["local", "s3"])
def stand(request: pytest.FixtureRequest, make_container: Callable[..., Container], clock: FakeClock) -> Stand:
    import time

    clock.seconds = time.time()
    container = make_container(now=clock)
    if request.param == "s3":
        hand_in(container, request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3")))
    return Stand(container)


def test_a_job_is_stored_before_anybody_is_told(stand: Stand) -> None:
    stand.deferred.full = True
    with pytest.raises(Busy):
        stand.defer()
    stand.deferred.full = False
    job, queued = stand.defer()  # what was refused is failed, and may be asked for again
    assert (queued.state, stand.deferred.jobs) == ("queued", [job])
    assert stand.storage.get(keys.job_body(job)) == PHOTO


def test_a_job_runs_once(stand: Stand) -> None:
    job, _ = stand.defer()
    done = stand.run(job)
    assert done
    assert (done.state, done.attempts) == ("done", 1)
    assert stand.run(job) is None
    assert stand.storage.get(keys.job_body(job)) is None
    assert stand.look(job) == done
    assert stand.defer() == (job, done)
    assert len(stand.deferred.jobs) == 1


def test_two_containers_that_are_asked_at_once_make_one_job(stand: Stand, make_container: Make) -> None:
    """The other writes its record between our look for one and our own write, which then must not win."""
    other = Stand(make_container(now=stand.container.now))
    hand_in(other.container, stand.storage)
    theirs: list[tuple[str, Job]] = []

    def overtake(method: str, key: str) -> None:
        if method == "put_new" and not theirs:
            theirs.append(other.defer())

    hand_in(stand.container, Watched(stand.storage, overtake))
    job, joined = stand.defer()
    assert [(job, joined)] == theirs
    assert (stand.deferred.jobs, other.deferred.jobs) == ([], [job])


def test_the_same_order_has_the_same_id_for_those_who_know_the_secret(make_container: Make) -> None:
    one, again, other = (Stand(make_container(secret=secret)).defer()[0] for secret in ("a" * 32, "a" * 32, "b" * 32))
    assert one == again != other


def test_a_running_job_is_another_workers(stand: Stand) -> None:
    job, _ = stand.defer()
    stand.crash(job, "first")
    assert stand.run(job, "second") is None
    assert stand.look(job).state == "running"


def test_a_platforms_retry_takes_over_at_once(stand: Stand) -> None:
    job, _ = stand.defer()
    stand.crash(job, "request id")
    done = stand.run(job, "request id")
    assert done
    assert (done.state, done.attempts) == ("done", 2)


def test_a_dead_job_is_set_going_again_by_whoever_asks(stand: Stand, clock: FakeClock) -> None:
    job, _ = stand.defer()
    stand.crash(job)
    clock.advance(LEASE_S + STALL_S - 2)
    assert stand.look(job).state == "running"
    clock.advance(4)
    assert stand.look(job).state == "queued"
    assert stand.look(job).state == "queued"
    assert stand.deferred.jobs == [job, job]
    done = stand.run(job, "another")
    assert done
    assert done.state == "done"


def test_a_job_nobody_was_told_of_is_set_going_too(stand: Stand, clock: FakeClock) -> None:
    job, _ = stand.defer()
    clock.advance(STALL_S + 1)
    stand.deferred.full = True
    assert stand.look(job).state == "queued"
    stand.deferred.full = False
    clock.advance(STALL_S + 1)
    assert stand.look(job).state == "queued"
    assert stand.deferred.jobs == [job, job]


def test_after_three_crashes_a_job_has_failed(stand: Stand, clock: FakeClock) -> None:
    job, _ = stand.defer()
    for _ in range(3):
        stand.crash(job, "request id")
    assert stand.look(job).state == "running"
    clock.advance(LEASE_S + 1)
    failed = stand.look(job)
    assert failed.state == "failed"
    assert failed.problem
    assert failed.problem["code"] == "internal_error"
    assert "3 attempts" in failed.problem["detail"]
    assert stand.defer()[1].state == "queued"


def test_a_fourth_try_of_a_crashing_job_only_writes_the_end(stand: Stand) -> None:
    job, _ = stand.defer()
    for _ in range(3):
        stand.crash(job, "request id")
    ended = stand.run(job, "request id")
    assert ended
    assert (ended.state, ended.attempts) == ("failed", 3)


@pytest.mark.parametrize(
    ("error", "code"), [(StorageUnavailable, "storage_unavailable"), (ZeroDivisionError, "internal_error")]
)
def test_what_may_pass_is_tried_three_times(stand: Stand, error: type[Exception], code: str) -> None:
    job, _ = stand.defer()
    stand.fail_at("get .body", error)
    for _ in range(2):
        with pytest.raises(RetryLater):
            stand.run(job)
        assert stand.look(job).state == "queued"
    if error is ZeroDivisionError:  # a bug is written down, and then told
        with pytest.raises(ZeroDivisionError):
            stand.run(job)
    else:
        stand.run(job)
    failed = stand.look(job)
    assert (failed.state, failed.attempts) == ("failed", 3)
    assert failed.problem
    assert failed.problem["code"] == code
    assert "on purpose" not in failed.problem["detail"] or error is StorageUnavailable


def test_what_cannot_pass_is_tried_once(stand: Stand) -> None:
    job, _ = stand.defer(PHOTO[: len(PHOTO) // 3])
    failed = stand.run(job)
    assert failed
    assert (failed.state, failed.attempts) == ("failed", 1)


def test_a_job_is_forgotten_after_a_week(stand: Stand, clock: FakeClock) -> None:
    job, _ = stand.defer()
    stand.run(job)
    clock.advance(WEEK_S - 10)
    assert stand.look(job).state == "done"
    clock.advance(20)
    with pytest.raises(NotFound):
        stand.look(job)
    assert stand.defer()[1].state == "queued"


def test_the_id_tells_nothing_and_is_no_image(stand: Stand) -> None:
    job, _ = stand.defer()
    assert keys.check_job(job) == job
    assert job != stand.container.tools.identify(PHOTO)
    text = b"monolambda job v1\nbody\n" + stand.container.tools.identify(PHOTO).encode()
    assert not service.order(stand.container.tools, SMALL, data=text).source.startswith(job)


def test_records_hold_no_more_than_they_need(stand: Stand) -> None:
    job, _ = stand.defer()
    record: dict[str, Any] = msgspec.json.decode(stand.storage.get(keys.job(job)) or b"")
    assert set(record) == {"state", "order", "owner", "created", "changed"}
