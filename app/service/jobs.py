"""Jobs: resizes that are requested now and made later, once, however often they are requested.

All that is known of a job is in its record, ``jobs/{job}``. Records change by conditional writes only, so of
several processes one gets to run a job; an attempt that crashed is noticed by its lease and made again.

    queued ──▶ running ──▶ done
       ▲          ├──────▶ failed      after an error that no retry can cure, or after the last attempt
       └──────────┘                    after an error that may pass, or a crash
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal
from uuid import uuid4

import msgspec

from app.core.errors import Busy, NotFound, ServiceError, StorageUnavailable
from app.core.formats import UNKNOWN_TYPE
from app.core.problem import problem_members
from app.service.job_record import ATTEMPTS, GRACE_S, Job, JobRequest
from app.service.models import Identify, JobQueue, Mac, RenderSpec
from app.service.purge import JOB_DAYS, Purge
from app.storage import keys

if TYPE_CHECKING:
    from app.storage import Storage

_WRITE_RACES: Final = 10


class Jobs(msgspec.Struct, frozen=True, kw_only=True):
    """The records of jobs and the queue that runs them; ``now`` is in Unix seconds."""

    storage: Storage
    queue: JobQueue
    purge: Purge
    identify: Identify
    mac: Mac
    now: Callable[[], float]

    def new_request(self, spec: RenderSpec, *, id: str = "", url: str = "", data: bytes = b"") -> JobRequest:
        """Return the request to make ``spec`` of one of an image, a URL and a body."""
        kind: Literal["id", "url", "body"] = "id" if id else "url" if url else "body"
        accepts = spec.accepts if spec.options.format == "auto" else ()
        return JobRequest(kind, id or url or self.identify(data), spec.options.canonical(), accepts)

    def defer(self, request: JobRequest, data: bytes = b"") -> tuple[str, Job]:
        """Return the job of this request: a new one, or one that is under way or done already.

        A failed one runs again. ``data`` is the body of a ``body`` request. Raises Busy when the queue is full.
        """
        self.purge.some_leftovers()
        key = f"{request.kind}\n{request.source}\n{request.spec.variant}"
        job_id = self.mac(key.encode())
        for _ in range(_WRITE_RACES):
            raw, job = self._read(job_id)
            if job is not None and self._can_join(job):
                return job_id, self.requeue_if_stalled(job_id, job, must_queue=True)
            body = uuid4().hex if request.kind == "body" else ""
            queued = Job("queued", request, uuid4().hex, self.now(), self.now(), body_name=body)
            self._store_inputs(job_id, queued, data)
            if self._write(job_id, raw, queued):
                return job_id, self._submit(job_id, queued)
            self._delete_body(job_id, queued)
        raise Busy("other requests keep changing this job; try again shortly")

    def poll(self, job_id: str) -> Job:
        """Return the current state of the job, changing nothing; raise NotFound."""
        _, job = self._read(keys.check_job(job_id))
        if job is None or job.is_expired(self.now()):
            raise NotFound(f"there is no job '{job_id}': jobs are kept for {JOB_DAYS} days")
        return job

    def requeue_if_stalled(self, job_id: str, job: Job, *, must_queue: bool = False) -> Job:
        """Queue a stalled job again, or fail it after its last attempt; return the job's new state.

        While the queue takes none it stays as it is, for the next request to try; ``must_queue`` raises Busy then.
        """
        if not job.is_stalled(self.now()):
            return job
        raw, current = self._read(job_id)
        if raw is None or current is None or not current.is_stalled(self.now()):
            return current or job
        if current.attempts >= ATTEMPTS:
            return self.fail(job_id, raw, current, _crashed())
        queued = msgspec.structs.replace(current, state="queued", owner=uuid4().hex, changed=self.now())
        if self._write(job_id, raw, queued):
            try:
                self.queue.submit(job_id)
            except ServiceError:
                self._write(job_id, msgspec.json.encode(queued), current)
                if must_queue:
                    raise
                return current
        return queued

    def claim(self, job_id: str, worker: str, *, seconds: float) -> Job | None:
        """Return the job, running under this worker's name for ``seconds``; None when it is not this worker's to run.

        One that has used up its attempts is failed instead.
        """
        raw, job = self._read(job_id)
        now = self.now()
        if raw is None or job is None or not job.is_free(now, worker):
            return None
        if job.attempts >= ATTEMPTS:
            return self.fail(job_id, raw, job, _crashed())
        lease = now + seconds + GRACE_S
        running = msgspec.structs.replace(
            job, state="running", owner=worker, changed=now, attempts=job.attempts + 1, lease=lease
        )
        return running if self._write(job_id, raw, running) else None

    def release(self, job_id: str, running: Job) -> None:
        """Put a job of this worker back in the queue, for its retry."""
        queued = msgspec.structs.replace(running, state="queued", changed=self.now())
        self._write(job_id, msgspec.json.encode(running), queued)

    def finish(self, job_id: str, running: Job, image_id: str) -> Job:
        """Record that the job is done; the result is a stored image."""
        done = msgspec.structs.replace(running, state="done", image=image_id, changed=self.now())
        return self._end(job_id, msgspec.json.encode(running), done)

    def fail(self, job_id: str, raw: bytes, job: Job, error: ServiceError) -> Job:
        """Record why the job failed, unless its record has changed since it was read as ``raw``."""
        failed = msgspec.structs.replace(job, state="failed", problem=problem_members(error), changed=self.now())
        return self._end(job_id, raw, failed)

    def body(self, job_id: str, job: Job) -> bytes:
        """Return the body that was sent with the job; raise NotFound."""
        data = self.storage.get(keys.job_body(job_id, job.body_name))
        if data is None:
            raise NotFound("the body of this job is not stored any more: send it again")
        return data

    def is_deleted(self, job_id: str) -> bool:
        """Return whether the record is gone, as it is when the job's source was deleted."""
        return self.storage.get(keys.job(job_id)) is None

    def _can_join(self, job: Job) -> bool:
        """Return whether a new request can share this job instead of creating another."""
        if job.state == "failed" or job.is_expired(self.now()):
            return False
        if job.state != "done":
            return True
        stored = self.storage.stat(keys.original(job.image))
        return stored is not None and stored.bytes > 0

    def _store_inputs(self, job_id: str, job: Job, data: bytes) -> None:
        """Store what the job needs, before there is a record that anyone could run."""
        request = job.request
        if request.kind == "body":
            self.storage.put(keys.job_body(job_id, job.body_name), data, media_type=UNKNOWN_TYPE)
        for image_id in {request.source if request.kind == "id" else "", request.spec.options.watermark or ""} - {""}:
            self.storage.put(keys.job_of(image_id, job_id), b"", media_type="text/plain")

    def _submit(self, job_id: str, queued: Job) -> Job:
        try:
            self.queue.submit(job_id)
        except ServiceError as exc:
            self.fail(job_id, msgspec.json.encode(queued), queued, exc)
            raise
        return queued

    def _read(self, job_id: str) -> tuple[bytes | None, Job | None]:
        """Return the record as it is stored, and what it says: nothing if it is damaged, so that it is replaced."""
        raw = self.storage.get(keys.job(job_id))
        try:
            return raw, None if raw is None else msgspec.json.decode(raw, type=Job)
        # msgspec's errors are ValueErrors, and not the only ones; the second for a record of very many brackets
        except (ValueError, RecursionError):
            return raw, None

    def _write(self, job_id: str, old: bytes | None, new: Job) -> bool:
        key, data = keys.job(job_id), msgspec.json.encode(new)
        if old is None:
            return self.storage.put_new(key, data, media_type=keys.JSON)
        return self.storage.compare_and_swap(key, old, data, media_type=keys.JSON)

    def _end(self, job_id: str, old: bytes, ended: Job) -> Job:
        """Write the last record, unless another worker has written since; the job's body is not needed any more."""
        if self._write(job_id, old, ended):
            self._delete_body(job_id, ended)
        return ended

    def _delete_body(self, job_id: str, job: Job) -> None:
        if job.request.kind == "body":
            with suppress(StorageUnavailable):  # it is purged by age then
                self.storage.delete(keys.job_body(job_id, job.body_name))


def _crashed() -> ServiceError:
    return ServiceError(f"all {ATTEMPTS} attempts crashed or ran out of memory or time")
