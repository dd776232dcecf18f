"""Retries, throttling, and the record of an event that is given up, with a fake function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.report_line import InvocationReport
from lab.errors import Throttled
from lab.invoke_api.async_queue import AsyncQueue, FailureRecord, QueuedInvocation, to_directory
from lab.traits import Traits
from tests.support.lab.waiting import wait_until

MakeQueue = Callable[..., AsyncQueue]


class Fake:
    """Fails the first ``failures`` times, is throttled the first ``refusals``; remembers every job."""

    def __init__(self, *, failures: int = 0, refusals: int = 0) -> None:
        self.jobs: list[QueuedInvocation] = []
        self._failures = failures
        self._refusals = refusals

    def __call__(self, job: QueuedInvocation) -> Outcome:
        self.jobs.append(job)
        if self._refusals:
            self._refusals -= 1
            raise Throttled("ConcurrentInvocationLimitExceeded")
        failed = job.attempts < self._failures
        return Outcome(
            request_id=job.request_id,
            payload=b'{"errorMessage": "no"}' if failed else b'"yes"',
            error_type="Unhandled" if failed else "",
            report=InvocationReport(request_id=job.request_id, duration_ms=1, memory_mb=128, peak_bytes=0),
            version="$LATEST",
            container="c",
            cold=False,
            log_tail=b"",
        )


@pytest.fixture
def make_queue() -> Iterator[MakeQueue]:
    with ExitStack() as stack:

        def make(run: Fake, records: list[FailureRecord] | None = None, **traits: object) -> AsyncQueue:
            kept = [] if records is None else records
            queue = AsyncQueue(run, traits=Traits(**traits), deliver=kept.append, scale=1e-4)  # type: ignore[arg-type]
            return stack.enter_context(closing(queue))

        yield make


@pytest.mark.parametrize(("failures", "attempts"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_an_event_that_fails_is_tried_twice_more(make_queue: MakeQueue, failures: int, attempts: int) -> None:
    fake = Fake(failures=failures)
    records: list[FailureRecord] = []
    queue = make_queue(fake, records)
    number = queue.put(name="f", qualifier="", event=b'{"a":1}')
    wait_until(lambda: queue.pending == 0)
    assert [job.request_id for job in fake.jobs] == [number] * attempts
    assert len(records) == (failures > 2)


def test_without_retries_one_failure_is_the_end(make_queue: MakeQueue) -> None:
    fake = Fake(failures=1)
    queue = make_queue(fake, async_retries=0)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert len(fake.jobs) == 1


def test_the_retries_wait_as_long_as_the_traits_say(make_queue: MakeQueue) -> None:
    fake = Fake(failures=9)
    queue = make_queue(fake, async_delays_s=(0.0, 1e9))
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: len(fake.jobs) == 2)
    assert queue.pending == 1
    # what waits is the second retry, of which nothing is heard
    assert [job.attempts for job in fake.jobs] == [0, 1]
    assert Traits().async_delays_s == (60.0, 120.0)


def test_refusals_are_no_attempts(make_queue: MakeQueue) -> None:
    fake = Fake(refusals=5, failures=2)
    records: list[FailureRecord] = []
    queue = make_queue(fake, records)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert [(job.throttles, job.attempts) for job in fake.jobs] == [(n, 0) for n in range(6)] + [(0, 1), (0, 2)]
    assert not records


def test_an_event_refused_for_too_long_is_given_up(make_queue: MakeQueue) -> None:
    records: list[FailureRecord] = []
    queue = make_queue(Fake(refusals=10**6), records, async_max_age_s=100.0)
    queue.put(name="f", qualifier="", event=b"1")
    wait_until(lambda: queue.pending == 0)
    assert records[0]["requestContext"]["condition"] == "EventAgeExceeded"


def test_the_record_of_a_lost_event(make_queue: MakeQueue, tmp_path: Path) -> None:
    records: list[FailureRecord] = []
    queue = make_queue(Fake(failures=9), records)
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
