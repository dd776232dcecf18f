"""Asynchronous invocations: accepted at once, run later, retried on failure, reported after the last attempt.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import heapq
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from lab.account.function import ACCOUNT, LATEST, REGION
from lab.containers.outcomes import Outcome
from lab.containers.report_line import timestamp
from lab.errors import LabError, Throttled
from lab.file_checks import expect_directory
from lab.traits import Traits

_FIRST_BACKOFF_S: Final = 1.0
_LONGEST_BACKOFF_S: Final = 300.0
# a thread is made only when all others run an event: what bounds them is the concurrency, which throttles the rest
_MAX_THREADS: Final = 100_000


class QueuedInvocation(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted event, with the failed ``attempts`` so far, and how many ``refusals`` followed the last one."""

    request_id: str
    name: str
    qualifier: str
    event: bytes
    accepted: float
    attempts: int = 0
    refusals: int = 0


FailureRecord = dict[str, Any]


class AsyncQueue:
    """Runs invocations by ``run`` in threads of its own.

    ``scale`` multiplies every delay; ``deliver`` gets a record of each event that is given up.
    """

    def __init__(
        self,
        run: Callable[[QueuedInvocation], Outcome],
        *,
        traits: Traits,
        deliver: Callable[[FailureRecord], None] = lambda record: None,
        scale: float = 1.0,
    ) -> None:
        self._run = run
        self._traits = traits
        self._deliver = deliver
        self._scale = scale
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, QueuedInvocation]] = []
        self._order = 0
        self._closing = False
        self.pending = 0
        self._workers = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="async")
        self._dispatcher = threading.Thread(target=self._dispatch, daemon=True)
        self._dispatcher.start()

    def put(self, *, name: str, qualifier: str, event: bytes) -> str:
        """Accept an event and return its request id, which every attempt shares."""
        queued = QueuedInvocation(
            request_id=str(uuid4()), name=name, qualifier=qualifier, event=event, accepted=time.monotonic()
        )
        with self._changed:
            self.pending += 1
        self._schedule(queued, 0.0)
        return queued.request_id

    def close(self) -> None:
        """Stop; events that still wait are lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._dispatcher.join()
        self._workers.shutdown(cancel_futures=True)

    def _schedule(self, queued: QueuedInvocation, delay_s: float) -> None:
        with self._changed:
            self._order += 1
            heapq.heappush(self._waiting, (time.monotonic() + delay_s * self._scale, self._order, queued))
            self._changed.notify_all()

    def _dispatch(self) -> None:
        while True:
            with self._changed:
                while not self._closing and not self._due():
                    self._changed.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
                if self._closing:
                    return
                queued = heapq.heappop(self._waiting)[2]
            self._workers.submit(self._attempt, queued)

    def _due(self) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= time.monotonic()

    def _attempt(self, queued: QueuedInvocation) -> None:
        try:
            outcome = self._run(queued)
        except Throttled:
            self._retry_refused(queued)
        except LabError as exc:
            self._give_up(queued, "RetriesExhausted", None, str(exc))
        except Exception:
            # a bug of the lab, or this machine lacks something: AWS retries its own errors (5xx) as it does throttles
            traceback.print_exc()
            self._retry_refused(queued)
        else:
            if outcome.error_type:
                self._retry_failed(msgspec.structs.replace(queued, attempts=queued.attempts + 1, refusals=0), outcome)
            else:
                self._done()

    def _retry_refused(self, queued: QueuedInvocation) -> None:
        """Retry an event that was not run, with exponential backoff, for hours: this does not count as an attempt."""
        if time.monotonic() - queued.accepted > self._traits.async_max_age_s * self._scale:
            self._give_up(queued, "EventAgeExceeded", None)
            return
        delay_s = min(_FIRST_BACKOFF_S * 2**queued.refusals, _LONGEST_BACKOFF_S)
        self._schedule(msgspec.structs.replace(queued, refusals=queued.refusals + 1), delay_s)

    def _retry_failed(self, queued: QueuedInvocation, outcome: Outcome) -> None:
        if queued.attempts > self._traits.async_retries:
            self._give_up(queued, "RetriesExhausted", outcome)
        else:
            delays = self._traits.async_delays_s
            self._schedule(queued, delays[min(queued.attempts, len(delays)) - 1])

    def _give_up(self, queued: QueuedInvocation, condition: str, outcome: Outcome | None, problem: str = "") -> None:
        try:
            self._deliver(_record(queued, condition, outcome, problem))
        except Exception:
            # as on AWS the record is then lost
            traceback.print_exc()
        finally:
            self._done()

    def _done(self) -> None:
        with self._changed:
            self.pending -= 1


def _record(queued: QueuedInvocation, condition: str, outcome: Outcome | None, problem: str) -> FailureRecord:
    """Return the invocation record that an on-failure destination receives.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    qualifier = queued.qualifier or LATEST
    record: FailureRecord = {
        "version": "1.0",
        "timestamp": timestamp(),
        "requestContext": {
            "requestId": queued.request_id,
            "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{queued.name}:{qualifier}",
            "condition": condition,
            "approximateInvokeCount": queued.attempts,
        },
        "requestPayload": msgspec.Raw(queued.event),
    }
    version = outcome.version if outcome else qualifier
    if outcome:
        record["responseContext"] = {"statusCode": 200, "executedVersion": version, "functionError": "Unhandled"}
        record["responsePayload"] = msgspec.Raw(outcome.payload)
    elif problem:
        record["responseContext"] = {"statusCode": 400, "executedVersion": version, "functionError": problem}
    return record


def to_directory(directory: Path) -> Callable[[FailureRecord], None]:
    """Return a destination that writes one file per record, named by its request id; raise SetupError."""
    expect_directory(directory)

    def deliver(record: FailureRecord) -> None:
        path = directory / f"{record['requestContext']['requestId']}.json"
        partial = path.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(record))
        partial.rename(path)

    return deliver
