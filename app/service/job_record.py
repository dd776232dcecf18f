"""The record of a job: what is asked, how it stands, and what its times mean."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from app import options
from app.service.models import RenderSpec
from app.service.purge import DAY_S, JOB_DAYS

# the first try and the two retries that Lambda gives an asynchronous invocation:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ATTEMPTS: Final = 3

# how long a job may stand still before whoever asks about it sets it going again; Lambda's own
# second retry comes after two minutes
STALL_S: Final = 180.0
# between the end of an attempt's time and the moment it is taken for dead
GRACE_S: Final = 5.0


class JobRequest(msgspec.Struct, frozen=True):
    """What a job is to make, and of what: ``source`` is an image's id, a url, or the identity of a stored body."""

    kind: Literal["id", "url", "body"]
    source: str
    options: str
    accepts: tuple[str, ...] = ()

    @property
    def wanted(self) -> RenderSpec:
        """Return the result that is asked for."""
        return RenderSpec(options.parse_canonical(self.options), self.accepts)


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record; ``owner`` wrote it last, times are Unix seconds, ``lease`` is when a running attempt is dead."""

    state: Literal["queued", "running", "done", "failed"]
    order: JobRequest
    owner: str
    created: float
    changed: float
    attempts: int = 0
    lease: float = 0.0
    image: str = ""
    problem: dict[str, Any] | None = None


def decoded(raw: bytes | None) -> Job | None:
    """Read a record that may not be there."""
    return None if raw is None else msgspec.json.decode(raw, type=Job)


def expired(known: Job, now: float) -> bool:
    """Say whether the job is as good as gone, though its record is still there."""
    return known.changed + JOB_DAYS * DAY_S < now


def stands_still(known: Job, now: float) -> bool:
    """Say whether nobody can be expected to move the job on: never told of, or dead."""
    if known.state == "running":
        return known.lease < now - (STALL_S if known.attempts < ATTEMPTS else 0.0)
    return known.state == "queued" and known.changed < now - STALL_S


def is_free(known: Job, now: float, worker: str) -> bool:
    """Say whether this worker may run the job; its own name is that of an attempt that crashed."""
    if known.state == "running":
        return known.owner == worker or known.lease < now
    return known.state == "queued"
