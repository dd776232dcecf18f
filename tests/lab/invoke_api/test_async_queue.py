"""Retries, throttling, and the record of an event that is given up, with a fake function."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.report_line import InvocationReport
from lab.errors import Throttled
from lab.invoke_api.async_queue import AsyncQueue, FailureRecord, QueuedInvocation, to_directory
from lab.traits import Traits
from tests.support.waiting import wait_until

# more than a pool of any usual size
MANY = 200
THROTTLED = Throttled("ConcurrentInvocationLimitExceeded")
NO_FILES = OSError(errno.EMFILE, os.strerror(errno.EMFILE))

MakeQueue = Callable[..., AsyncQueue]


class FakeFunction:
    """Is refused by ``refusal`` the first ``refusals`` times, then fails ``failures`` times; keeps every invocation.

    With ``until`` each of them lasts until it is set.
    """

    def __init__(
        self,
        *,
        failures: int = 0,
        refusals: int = 0,
        refusal: Exception = THROTTLED,
        until: threading.Event | None = None,
    ) -> None:
        self.invocations: list[QueuedInvocation] = []
        self._failures = failures
        self._refusals = refusals
        self._refusal = refusal
        self._until = until

    def __call__(self, queued: QueuedInvocation) -> Outcome:
        self.invocations.append(queued)
        if self._until:
            self._until.wait()
        if self._refusals:
            self._refusals -= 1
            raise self._refusal
        failed = queued.attempts < self._failures
        return Outcome(
            request_id=queued.request_id,
            payload=b'{"errorMessage": "no"}' if failed else b'"yes"',
            error_type="Unhandled" if failed else "",
            report=InvocationReport(request_id=queued.request_id, duration_ms=1, memory_mb=128, peak_bytes=0),
            version="$LATEST",
            container="c",
            cold=False,
            log_tail=b"",
        )


@pytest.fixture
def make_queue() -> Iterator[MakeQueue]:
    with ExitStack() as stack:

        def make(run: FakeFunction, records: list[FailureRecord] | None = None, **traits: object) -> AsyncQueue:
            kept = [] if records is None else records
            queue = AsyncQueue(run, traits=Traits(**traits), deliver=kept.append, scale=1e-4)  # type: ignore[arg-type]
            return stack.enter_context(closing(queue))

        yield make


def test_as_many_events_run_at_once_as_the_concurrency_allows(make_queue: MakeQueue) -> None:
    until = threading.Event()
    fake = FakeFunction(until=until)
    queue = make_queue(fake)
    for _ in range(MANY):
        queue.put(name="f", qualifier="", event=b"1")
    try:
        wait_until(lambda: len(fake.invocations) == MANY)
    finally:
        until.set()
    wait_until(lambda: queue.pending == 0)


@pytest.mark.parametrize(("failures", "attempts"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_an_event_that_fails_is_retried_twice(make_queue: MakeQueue, failures: int, attempts: int) -> None:
    fake = FakeFunction(failures=failures)
    records: list[FailureRecord] = []
    queue = make_queue(fake, records)
    number = queue.put(name="f", qualifier="", event=b'{"a":1}')
    wait_until(lambda: queue.pending == 0)
    assert [queued.request_id for queued in fake.invocations] == [number] * attempts
    assert len(records) == (failures > 2)


def test_without_retries_one_failure_is_final(make_queue: MakeQueue) -> None:
    fake = FakeFunction(failures=1)
    queue = make_queue(fake, async_retries=0)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert len(fake.invocations) == 1


def test_the_retries_wait_as_long_as_the_traits_say(make_queue: MakeQueue) -> None:
    fake = FakeFunction(failures=9)
    queue = make_queue(fake, async_delays_s=(0.0, 1e9))
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: len(fake.invocations) == 2)
    assert queue.pending == 1
    # the second retry waits
    assert [queued.attempts for queued in fake.invocations] == [0, 1]
    assert Traits().async_delays_s == (60.0, 120.0)


@pytest.mark.parametrize("refusal", [THROTTLED, NO_FILES], ids=["throttled", "a bug"])
def test_throttles_do_not_count_as_attempts(make_queue: MakeQueue, refusal: Exception) -> None:
    """Nor does an error of the lab itself, which is as one of Lambda's."""
    fake = FakeFunction(refusals=5, refusal=refusal, failures=2)
    records: list[FailureRecord] = []
    queue = make_queue(fake, records)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert [(each.refusals, each.attempts) for each in fake.invocations] == [(n, 0) for n in range(6)] + [
        (0, 1),
        (0, 2),
    ]
    assert not records


def test_an_event_throttled_for_too_long_is_given_up(make_queue: MakeQueue) -> None:
    records: list[FailureRecord] = []
    queue = make_queue(FakeFunction(refusals=10**6), records, async_max_age_s=100.0)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert records[0]["requestContext"]["condition"] == "EventAgeExceeded"


def test_a_destination_that_takes_no_record_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    def deliver(record: FailureRecord) -> None:
        raise NO_FILES

    traits = Traits(async_retries=0)
    with closing(AsyncQueue(FakeFunction(failures=1), traits=traits, deliver=deliver)) as queue:
        queue.put(name="f", qualifier="", event=b"1")
        wait_until(lambda: queue.pending == 0)
    assert "Too many open files" in capfd.readouterr().err


def test_the_record_of_an_event_that_is_given_up(make_queue: MakeQueue, tmp_path: Path) -> None:
    records: list[FailureRecord] = []
    queue = make_queue(FakeFunction(failures=9), records)
    number = queue.put(name="f", qualifier="live", event=b'{"a":1}')
    wait_until(lambda: records)
    to_directory(tmp_path / "failures")(records[0])
    record = json.loads((tmp_path / "failures" / f"{number}.json").read_text())
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": number,
            "functionArn": "arn:aws:lambda:eu-west-1:000000000000:function:f:live",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"a": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no"},
    }
