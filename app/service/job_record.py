"""The record of a job: what was requested, what state it is in, and who may work on it."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from app import options
from app.service.models import RenderSpec
from app.service.purge import DAY_S, JOB_DAYS

# the first try and the two retries that Lambda gives an asynchronous invocation:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ATTEMPTS: Final = 3

# how long a job may make no progress before a status request restarts it; Lambda's own second retry
# comes after two minutes
STALL_S: Final = 180.0
# added to the time of an attempt before it counts as dead
GRACE_S: Final = 5.0


class JobRequest(msgspec.Struct, frozen=True):
    """What a job makes, and from what: ``source`` is an image's id, a URL, or the identity of a stored body."""

    kind: Literal["id", "url", "body"]
    source: str
    options: str
    accepts: tuple[str, ...] = ()

    @property
    def spec(self) -> RenderSpec:
        """Return the result that was requested."""
        return RenderSpec(options.parse_canonical(self.options), self.accepts)


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record. Times are in Unix seconds; ``owner`` wrote it last; a running attempt is dead after ``lease``.

    ``body_name`` is that of the request body stored for it: the same request may store another before this one is gone.
    """

    state: Literal["queued", "running", "done", "failed"]
    request: JobRequest = msgspec.field(name="order")  # its name in stored records, which outlive an update
    owner: str
    created: float
    changed: float
    attempts: int = 0
    lease: float = 0.0
    image: str = ""
    body_name: str = msgspec.field(default="", name="body")
    problem: dict[str, Any] | None = None

    def is_expired(self, now: float) -> bool:
        """Return whether the record is past its life, though it may still be there."""
        return self.changed + JOB_DAYS * DAY_S < now

    def is_stalled(self, now: float) -> bool:
        """Return whether the job was never started, or its worker has died and nothing will retry it."""
        if self.state == "running":
            late = STALL_S if self.attempts < ATTEMPTS else 0.0
            return self.lease < now - late or self._is_ahead(now)
        return self.state == "queued" and (self.changed < now - STALL_S or self._is_ahead(now))

    def is_free(self, now: float, worker: str) -> bool:
        """Return whether this worker may run the job; it may take over its own earlier attempt, which crashed."""
        if self.state == "running":
            return self.owner == worker or self.lease < now or self._is_ahead(now)
        return self.state == "queued"

    def _is_ahead(self, now: float) -> bool:
        """Return whether the clock was set back since the record was written: it would not move until then."""
        return self.changed > now + STALL_S
