"""Deferred work: a resize that is asked for now and made later, once, whoever asks and however often.

The record ``jobs/{job}`` is the whole truth about a job. It changes only by conditional writes, so of several
processes one gets to run it; what a crash leaves behind is told by its lease and is run again.

    queued ──▶ running ──▶ done
       ▲          ├──────▶ failed      after what no retry can cure, or after the last attempt
       └──────────┘                    after a failure that may pass, or a crash
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, Literal
from uuid import uuid4

import msgspec

from app.errors import (
    InvalidParameter,
    NotFound,
    ServiceError,
    SourceFailed,
    SourceTimeout,
    StorageUnavailable,
    Unavailable,
)
from app.service.images import delete, upload
from app.service.job_record import ATTEMPTS, GRACE_S, Job, JobRequest, decoded, expired, is_free, stands_still
from app.service.models import Permit, RenderSpec, RequestContext, Source, Tools
from app.service.purge import JOB_DAYS, purge_leftovers
from app.service.results import resize
from app.service.sources import stored_source, url_source
from app.storage import keys

_RACES: Final = 10
# so that a job's id is no id of an image whose bytes are the same text
_PURPOSE: Final = b"monolambda job v1\n"


class RetryLater(Exception):
    """An attempt failed in a way that may pass; the job is queued and wants to be submitted again."""


def order(tools: Tools, wanted: RenderSpec, *, id: str = "", url: str = "", data: bytes = b"") -> JobRequest:
    """Return what is asked for as an order, of one of an image, a url and a body."""
    kind: Literal["id", "url", "body"] = "id" if id else "url" if url else "body"
    accepts = wanted.accepts if wanted.options.format == "auto" else ()
    return JobRequest(kind, id or url or tools.identify(data), wanted.options.canonical(), accepts)


def defer(tools: Tools, asked: JobRequest, data: bytes = b"") -> tuple[str, Job]:
    """Return the job of this order, joining one that is on its way or done; a failed one runs again.

    ``data`` is the body of a ``body`` order. Raises Busy when there is no room for another.
    """
    purge_leftovers(tools)
    job = _job_id(tools, asked)
    for _ in range(_RACES):
        raw = tools.storage.get(keys.job(job))
        known = decoded(raw)
        if known is not None and _serves(tools, known):
            return job, look(tools, job)
        _prepare(tools, job, asked, data)
        queued = Job("queued", asked, uuid4().hex, tools.now(), tools.now())
        if _write(tools, job, raw, queued):
            return job, _submit(tools, job, queued)
    raise Unavailable("others keep changing this job; try again shortly")


def look(tools: Tools, job: str) -> Job:
    """Return a job as it stands; raise NotFound. One that stands still is set going again, or given up."""
    raw = tools.storage.get(keys.job(job))
    known = decoded(raw)
    if raw is None or known is None or expired(known, tools.now()):
        raise NotFound(f"there is no job '{job}': jobs are kept for {JOB_DAYS} days")
    if not stands_still(known, tools.now()):
        return known
    if known.attempts >= ATTEMPTS:
        return _finish(tools, job, raw, _failed(tools, known, _crashed()))
    queued = msgspec.structs.replace(known, state="queued", owner=uuid4().hex, changed=tools.now())
    if _write(tools, job, raw, queued):
        with suppress(ServiceError):  # no room now: whoever asks next tries again
            tools.deferred.submit(job)
    return queued


def run(tools: Tools, turn: RequestContext, job: str, *, worker: str, permit: Permit) -> Job | None:
    """Make what the job asks for and write down how it ended; None when it is not this worker's to run.

    ``worker`` names the invocation: a platform's retry has the name of the attempt that crashed, and takes
    over at once. Raises Again for a failure that may pass while attempts are left.
    """
    raw = tools.storage.get(keys.job(job))
    known = decoded(raw)
    if raw is None or known is None or not is_free(known, tools.now(), worker):
        return None
    if known.attempts >= ATTEMPTS:
        return _finish(tools, job, raw, _failed(tools, known, _crashed()))
    now = tools.now()
    lease = now + turn.deadline.remaining() + GRACE_S
    mine = msgspec.structs.replace(
        known, state="running", owner=worker, changed=now, attempts=known.attempts + 1, lease=lease
    )
    claimed = msgspec.json.encode(mine)
    if not tools.storage.compare_and_swap(keys.job(job), raw, claimed, media_type=keys.JSON):
        return None
    try:
        return _make(tools, turn, job, mine, permit)
    except Exception as exc:
        return _fail(tools, job, mine, exc)


def problem(error: ServiceError) -> dict[str, Any]:
    """Return the members of a problem that do not depend on who asks (RFC 9457, 3.1)."""
    members = {"title": error.title, "status": error.status, "detail": error.detail, "code": error.code}
    errors = {"errors": msgspec.to_builtins(error.errors)} if isinstance(error, InvalidParameter) else {}
    return members | errors


def _make(tools: Tools, turn: RequestContext, job: str, mine: Job, permit: Permit) -> Job:
    result = resize(tools, turn, _source(tools, turn, job, mine.order, permit), mine.order.wanted)
    image, new = upload(tools, turn, result.body)
    done = msgspec.structs.replace(mine, state="done", image=image.id, changed=tools.now())
    ended = _finish(tools, job, msgspec.json.encode(mine), done)
    if new and tools.storage.get(keys.job(job)) is None:  # its source was deleted, and the job with it
        delete(tools, image.id)
    return ended


def _source(tools: Tools, turn: RequestContext, job: str, asked: JobRequest, permit: Permit) -> Source:
    if asked.kind == "id":
        return stored_source(tools, turn, asked.source)
    if asked.kind == "url":
        return url_source(tools, turn, asked.source, permit)
    data = tools.storage.get(keys.job_body(job))
    if data is None:
        raise NotFound("the body of this job is not stored any more: send it again")
    return Source(asked.source, lambda: (asked.source, data))


def _fail(tools: Tools, job: str, mine: Job, exc: Exception) -> Job:
    """Write down a failure; raise Again when it may pass, and a bug once it is written down."""
    raw = msgspec.json.encode(mine)
    is_bug = not isinstance(exc, ServiceError)
    if mine.attempts < ATTEMPTS and (is_bug or isinstance(exc, Unavailable | SourceFailed | SourceTimeout)):
        _write(tools, job, raw, msgspec.structs.replace(mine, state="queued", changed=tools.now()))
        raise RetryLater(str(exc)) from exc
    told = exc if isinstance(exc, ServiceError) else ServiceError("something went wrong here; the log has the trace")
    ended = _finish(tools, job, raw, _failed(tools, mine, problem(told)))
    if is_bug:
        raise exc
    return ended


def _finish(tools: Tools, job: str, raw: bytes, ended: Job) -> Job:
    """Write the end of a job, unless another has written since; its body is of no more use then."""
    if _write(tools, job, raw, ended):
        with suppress(StorageUnavailable):  # it goes by its age then
            tools.storage.delete(keys.job_body(job))
    return ended


def _failed(tools: Tools, known: Job, why: dict[str, Any]) -> Job:
    return msgspec.structs.replace(known, state="failed", problem=why, changed=tools.now())


def _crashed() -> dict[str, Any]:
    return problem(ServiceError(f"each of {ATTEMPTS} attempts ended without a word: out of memory, or out of time"))


def _prepare(tools: Tools, job: str, asked: JobRequest, data: bytes) -> None:
    """Store what the job needs before anybody can find the job."""
    if asked.kind == "body":
        tools.storage.put(keys.job_body(job), data, media_type="application/octet-stream")
    for image_id in {asked.source if asked.kind == "id" else "", asked.wanted.options.watermark or ""} - {""}:
        tools.storage.put(keys.job_of(image_id, job), b"", media_type="text/plain")


def _submit(tools: Tools, job: str, queued: Job) -> Job:
    try:
        tools.deferred.submit(job)
    except ServiceError as exc:
        _finish(tools, job, msgspec.json.encode(queued), _failed(tools, queued, problem(exc)))
        raise
    return queued


def _write(tools: Tools, job: str, old: bytes | None, new: Job) -> bool:
    key, data = keys.job(job), msgspec.json.encode(new)
    if old is None:
        return tools.storage.put_new(key, data, media_type=keys.JSON)
    return tools.storage.compare_and_swap(key, old, data, media_type=keys.JSON)


def _job_id(tools: Tools, asked: JobRequest) -> str:
    return tools.identify(_PURPOSE + f"{asked.kind}\n{asked.source}\n{asked.wanted.variant}".encode())


def _serves(tools: Tools, known: Job) -> bool:
    """Say whether a new request can join this job."""
    if known.state == "failed" or expired(known, tools.now()):
        return False
    return known.state != "done" or tools.storage.stat(keys.original(known.image)) is not None
