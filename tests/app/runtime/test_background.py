"""A bounded queue and a few threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from app.core.errors import Busy
from app.runtime.background import BackgroundQueue

WAIT_S = 20
Build = Callable[..., BackgroundQueue]


@pytest.fixture
def pool() -> Iterator[Build]:
    with ExitStack() as stack:
        yield lambda run, **given: stack.enter_context(
            closing(BackgroundQueue(run, **{"waiting": 4, "threads": 1, **given}))
        )


class Work:
    """Records the jobs it is called with; waits or raises as the test says."""

    def __init__(self, fails: int = 0) -> None:
        self.ran: list[str] = []
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.fails = fails

    def __call__(self, job: str) -> None:
        self.ran.append(job)
        self.begun.release()
        if len(self.ran) <= self.fails:
            raise ConnectionError
        assert self.go.wait(WAIT_S)

    def wait(self, times: int) -> None:
        for _ in range(times):
            assert self.begun.acquire(timeout=WAIT_S)


def job_threads() -> int:
    return sum(thread.name.startswith("jobs-") for thread in threading.enumerate())


def test_no_thread_before_the_first_job(pool: Build) -> None:
    before, work = job_threads(), Work()
    here = pool(work)
    assert job_threads() == before
    work.go.set()
    here.submit("a")
    work.wait(1)
    here.close()
    assert job_threads() == before


def test_a_job_that_waits_is_queued_once(pool: Build) -> None:
    work = Work()
    here = pool(work)
    here.submit("first")
    work.wait(1)
    for _ in range(3):
        here.submit("a")
    here.submit("b")
    work.go.set()
    work.wait(2)
    here.close()
    assert work.ran == ["first", "a", "b"]


def test_a_job_that_is_asked_for_again_at_its_very_end_runs_again(pool: Build) -> None:
    """Its record says failed before its thread is done with it, and the client need not wait for the thread."""
    work = Work()
    here = pool(work)
    here.submit("a")
    work.wait(1)
    here.submit("a")
    work.go.set()
    work.wait(1)
    here.close()
    assert work.ran == ["a", "a"]


def test_a_panic_ends_no_thread(pool: Build) -> None:
    class Panic(BaseException):
        """Like that of a Rust library."""

    ran: list[str] = []
    done = threading.Event()

    def work(job: str) -> None:
        ran.append(job)
        if job == "bad":
            raise Panic
        done.set()

    here = pool(work, retry_delays_s=())
    here.submit("bad")
    here.submit("good")
    assert done.wait(WAIT_S)
    assert ran == ["bad", "good"]


def test_the_queue_is_bounded(pool: Build) -> None:
    work = Work()
    here = pool(work, waiting=2)
    here.submit("running")
    work.wait(1)
    here.submit("first")
    here.submit("second")
    with pytest.raises(Busy):
        here.submit("third")
    work.go.set()
    work.wait(2)


def test_a_failure_is_retried_twice(pool: Build) -> None:
    work = Work(fails=9)
    here = pool(work, retry_delays_s=(0.0, 0.0))
    here.submit("a")
    here.submit("b")
    work.wait(6)
    assert work.ran == ["a"] * 3 + ["b"] * 3


def test_closing_waits_for_no_retry_and_starts_nothing(pool: Build) -> None:
    work = Work(fails=9)
    here = pool(work, retry_delays_s=(3600.0,))
    here.submit("a")
    here.submit("b")
    work.wait(1)
    here.close()
    assert work.ran == ["a"]
    with pytest.raises(Busy):
        here.submit("c")
