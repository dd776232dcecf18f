"""Running one attempt at a job, and deciding what a failure means."""

from __future__ import annotations

import msgspec

from app.core.errors import ServiceError
from app.service.images import ImageStore
from app.service.job_record import ATTEMPTS, Job
from app.service.jobs import Jobs
from app.service.models import Permit, RequestContext, Source
from app.service.results import ResultStore
from app.service.sources import Sources


class RetryLater(Exception):
    """An attempt failed in a way that may pass; the job is queued and is to be run again."""


class JobRunner(msgspec.Struct, frozen=True, kw_only=True):
    """Makes what a job requests and stores it as an image."""

    jobs: Jobs
    images: ImageStore
    results: ResultStore
    sources: Sources

    def run(self, context: RequestContext, job_id: str, *, worker: str, permit: Permit) -> Job | None:
        """Run one attempt and return how the job ended; None when it is not this worker's to run.

        ``worker`` names the invocation. A platform's retry has the name of the attempt that crashed, and takes
        over at once. Raises RetryLater for a failure that may pass while attempts are left.
        """
        job = self.jobs.claim(job_id, worker, seconds=context.deadline.remaining())
        if job is None or job.state != "running":
            return job
        try:
            return self._make(context, job_id, job, permit)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as exc:  # a panic of Rust is no Exception
            return self._fail(job_id, job, exc)

    def _make(self, context: RequestContext, job_id: str, job: Job, permit: Permit) -> Job:
        source = self._source(context, job_id, job, permit)
        result = self.results.resize(context, source, job.request.spec)
        image, is_new = self.images.store_result(context, result.body)
        done = self.jobs.finish(job_id, job, image.id)
        if is_new and self.jobs.is_deleted(job_id):
            self.images.delete(image.id)
        return done

    def _source(self, context: RequestContext, job_id: str, job: Job, permit: Permit) -> Source:
        request = job.request
        if request.kind == "id":
            return self.sources.stored(context, request.source)
        if request.kind == "url":
            return self.sources.from_url(context, request.source, permit)
        data = self.jobs.body(job_id, job)
        return Source(request.source, lambda: (request.source, data))

    def _fail(self, job_id: str, job: Job, exc: BaseException) -> Job:
        """Record the failure; raise RetryLater when it may pass, and re-raise a bug once it is recorded."""
        bug = None if isinstance(exc, ServiceError) else exc
        if job.attempts < ATTEMPTS and (not isinstance(exc, ServiceError) or exc.may_pass):
            self.jobs.release(job_id, job)
            raise RetryLater(str(exc)) from exc
        error = (
            exc if isinstance(exc, ServiceError) else ServiceError("something went wrong here; the log has the trace")
        )
        failed = self.jobs.fail(job_id, msgspec.json.encode(job), job, error)
        if bug:
            raise bug
        return failed
