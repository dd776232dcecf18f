"""What tests of jobs share: a container whose jobs run, fail and crash when a test says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from app.container import Container
from app.core.errors import Busy
from app.service import Job
from app.storage import Storage, keys
from tests.conftest import FakeClock
from tests.support.use_cases import PHOTO, SMALL, new_context
from tests.support.watched_storage import WatchedStorage

LEASE_S = 30 + 5


class IdleQueue:
    """Takes jobs and runs none."""

    def __init__(self) -> None:
        self.job_ids: list[str] = []
        self.full = False

    def submit(self, job_id: str) -> None:
        if self.full:
            raise Busy("full")
        self.job_ids.append(job_id)


class JobHarness:
    """A container with an idle queue, and what can happen to its jobs."""

    def __init__(self, make_container: Callable[..., Container], storage: WatchedStorage, **given: Any) -> None:
        self.queue = IdleQueue()
        self.storage = storage
        self.container = make_container(stored_in=storage, queue=self.queue, **given)
        self.jobs = self.container.services.jobs

    def defer(self, data: bytes = PHOTO) -> tuple[str, Job]:
        return self.jobs.defer(self.jobs.new_request(SMALL, data=data), data)

    def status(self, job_id: str) -> Job:
        """Do what a status request does."""
        return self.jobs.requeue_if_stalled(job_id, self.jobs.poll(job_id))

    def run(self, job_id: str, worker: str = "worker") -> Job | None:
        permit = self.container.access.check_source_host
        return self.container.services.job_runner.run(new_context(), job_id, worker=worker, permit=permit)

    def bodies(self, job_id: str) -> list[str]:
        """Return the keys of the bodies that are stored for the job."""
        return list(self.storage.keys(f"{keys.JOBS}{job_id}."))

    def crash(self, job_id: str, worker: str = "worker") -> None:
        """Let the worker die right after it claimed the job."""
        self.fail_at("get .body", KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            self.run(job_id, worker)
        self.storage.passes()

    def fail_at(self, place: str, error: type[BaseException]) -> None:
        method, _, part = place.partition(" ")

        def fail(called: str, key: str) -> None:
            if called == method and part in key:
                raise error("on purpose")

        self.storage.before = fail


@pytest.fixture(params=["local", "s3"])
def harness(
    request: pytest.FixtureRequest, make_container: Callable[..., Container], watched: WatchedStorage, clock: FakeClock
) -> JobHarness:
    clock.seconds = time.time()
    if request.param == "s3":
        bucket: Storage = request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3"))
        watched = WatchedStorage(bucket)
    return JobHarness(make_container, watched, now=clock)
