"""Everything that lives as long as one Lambda container: built once and passed to the rest of the app."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from app import imaging
from app.access.image_ids import instance_secret
from app.access.keyring import parse_keys
from app.access.policy import Access
from app.access.secrets import Secrets
from app.access.subkeys import Subkeys
from app.container.backends import Backends, open_backends, open_rate_limit, open_sign_in_limit
from app.container.services import Shared, build_services, decode_slots
from app.core.config import Platform, Settings
from app.core.deadline import Clock, Deadline, Stopwatch
from app.core.errors import ServiceError, StorageUnavailable
from app.core.gateways import GatewayLimits
from app.options import presets
from app.runtime.admission import BASE_MB
from app.runtime.background import BackgroundQueue
from app.runtime.invoker import InvocationQueue
from app.runtime.log import Log
from app.runtime.request_record import RequestRecord
from app.runtime.storage_failures import StorageFailures
from app.runtime.telemetry import Telemetry
from app.service import Job, RequestContext, RetryLater
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.rate_limit import RateLimit

# the most jobs that a process runs at once, beside its requests
_JOB_THREADS: Final = 2


class UploadLimits(NamedTuple):
    """How many bytes one request may carry, and how many a file may have that is sent with a presigned form."""

    request: int
    file: int


class Container:
    """Everything that one process builds from its settings and shares among its requests.

    ``started`` is when the process began to load, in Unix seconds.
    """

    def __init__(
        self,
        settings: Settings,
        platform: Platform,
        *,
        started: float | None = None,
        clock: Clock = time.monotonic,
        now: Callable[[], float] = time.time,
        log: Log | None = None,
        backends: Backends | None = None,
    ) -> None:
        self.settings = settings
        self.platform = platform
        self.clock = clock
        self.now = now
        self.log = log or Log(settings.log_level)
        self.id = _new_id()
        self.started = now() if started is None else started
        self.backends = backends or open_backends(settings, platform)
        is_lambda = platform.mode == "lambda"
        self.telemetry = Telemetry(self.log, function=platform.function_name if is_lambda else None, now=now)
        self.secrets = secrets = Secrets(
            settings, read=self.backends.read_secrets, now=now, check=parse_keys, report=self._secrets_not_read
        )
        subkeys = Subkeys(instance_secret(settings, platform, secrets))
        self.access = Access(settings, platform, now=now, session_digest=subkeys.digest("session"), secrets=secrets)
        self.presets = presets.read(settings.presets)
        self.rate_limit = None if is_lambda else open_rate_limit(settings, clock, self.backends.table_directory)
        threads = min(_JOB_THREADS, decode_slots(platform))
        self._background = BackgroundQueue(self._run_in_background, waiting=settings.job_queue, threads=threads)
        queue = InvocationQueue(self.backends.invoker) if is_lambda else self._background
        shared = Shared(
            settings=settings,
            platform=platform,
            backends=self.backends,
            queue=self.backends.queue or queue,
            failures=StorageFailures(self.log),
            subkeys=subkeys,
            now=now,
        )
        self.services = build_services(shared)
        self.init_ms = self._age_ms()
        self._invocations = 0
        self._lock = threading.Lock()
        self._warn()

    def warm(self) -> None:
        """Build what ``warm_on_init`` names now, so that the first request does not have to."""
        names = self.settings.warm_on_init
        if "imaging" in names:
            imaging.warm()
        if "http" in names:
            self.backends.fetcher.warm()
        if "storage" in names:
            self.backends.storage.warm()
        self.init_ms = self._age_ms()

    def renew(self) -> None:
        """Become a container of its own after a restore: every clone of a snapshot starts with the same memory.

        The snapshot's connections are dead. The system's randomness, which ids and TLS use, differs in every
        clone already: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
        """
        import random

        random.seed()  # botocore jitters its retries with it, so that clones do not retry all at once
        self.id = _new_id()
        self.started = self.now()
        with self._lock:
            self._invocations = 0
        self.backends.fetcher.close_idle()
        self.backends.storage.close_idle()

    def begin(self) -> bool:
        """Count one invocation; return whether it is cold: the first, and it waited for the start."""
        with self._lock:
            self._invocations += 1
            return self.is_cold

    @property
    def is_cold(self) -> bool:
        """Return whether the first invocation is under way, and its caller waited for the start."""
        return self._invocations == 1 and self.platform.first_request_waits

    @property
    def invocations(self) -> int:
        """Return how many invocations have begun."""
        return self._invocations

    def upload_limits(self, gateway: GatewayLimits | None) -> UploadLimits:
        """Return the limits that are true behind this gateway, if any: on Lambda presigned files need a bucket."""
        settings = self.settings
        direct = min(settings.max_body_bytes, gateway.request_body_bytes) if gateway else settings.max_body_bytes
        has_presign = self.platform.mode != "lambda" or self.backends.storage.kind == "s3"
        file = settings.max_source_bytes if has_presign else min(direct, settings.max_source_bytes)
        return UploadLimits(min(direct, settings.max_source_bytes), file)

    @cached_property
    def sign_in_limit(self) -> RateLimit:
        """Return the limit of attempts to sign in, opened by the first of them: few processes ever see one."""
        return open_sign_in_limit(self.settings, self.clock, self.backends.table_directory)

    @property
    def bucket_origin(self) -> str:
        """Return the origin of links to the bucket, without building a client; empty when it cannot be known."""
        if self.settings.bucket_origin or not self.platform.region:
            return self.settings.bucket_origin
        if not self.settings.storage.startswith("s3://"):
            return ""
        from app.storage import s3

        return s3.bucket_origin(self.settings.storage, self.platform.region)

    def deadline(self, lambda_context: Any, gateway: GatewayLimits | None = None) -> Deadline:
        """Return when an invocation must have ended: Lambda's remaining time less a margin, or what a gateway waits.

        Lambda's time begins with the invocation; a gateway has been waiting since before a cold start's INIT.
        """
        settings = self.settings
        remaining_ms = getattr(lambda_context, "get_remaining_time_in_millis", None)
        if remaining_ms is None:
            return Deadline.after(settings.deadline_s, self.clock)
        patience = inf if gateway is None or gateway.seconds is None else gateway.seconds
        left = remaining_ms() / 1000 - settings.deadline_margin_s
        full_s = min(patience, settings.job_s - settings.deadline_margin_s)
        waited = self.init_ms / 1000 if self.is_cold else 0.0
        return Deadline.after(min(left, patience - waited), self.clock, full_s=full_s)

    def run_job(self, job_id: str, deadline: Deadline, *, worker: str) -> Job | None:
        """Run one attempt at a job and write its log line; return None when it was not this worker's to run.

        Raises NotFound for what cannot be the id of a job, RetryLater for a failure that may pass.
        """
        keys.check_job(job_id)
        context = RequestContext(deadline, Stopwatch())
        job = None
        try:
            job = self.services.job_runner.run(context, job_id, worker=worker, permit=self.access.check_source_host)
        except RetryLater as exc:
            if not isinstance(exc.__cause__, ServiceError | None):
                self.log.bug(exc.__cause__, container=self.id)
            raise
        except ServiceError as exc:  # the record itself could not be read or written
            raise RetryLater(exc.detail) from exc
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as exc:  # a bug, or a panic of Rust; the job's record says that it failed
            self.log.bug(exc, container=self.id)
        finally:
            state, seconds = job.state if job else None, context.stopwatch.seconds()
            self.telemetry.add(RequestRecord(event="job", container=self.id, state=state, seconds=seconds))
        return job

    def close(self) -> None:
        """Close every connection; jobs that are still running end, or are picked up by a later status request."""
        self._background.close()
        for limit in (self.rate_limit, vars(self).get("sign_in_limit")):
            if limit is not None:
                limit.close()
        self.backends.fetcher.close()
        self.backends.storage.close()

    def _warn(self) -> None:
        """Log what somebody who deployed this should change."""
        unknown, share_mb = self.platform.unknown_variables, self.settings.memory_mb
        if unknown:
            self.log.write("warning", {"event": "unknown_settings", "container": self.id, "variables": unknown})
        if self.platform.mode == "lambda" and self.platform.processes > 1 and share_mb < 2 * BASE_MB:
            little = {"processes": self.platform.processes, "memory_mb": share_mb, "expected_mb": 2 * BASE_MB}
            self.log.write("warning", {"event": "little_memory", "container": self.id, **little})

    def _secrets_not_read(self, failure: StorageUnavailable) -> None:
        self.log.write("warning", {"event": "secrets_not_read", "container": self.id, "detail": failure.detail})

    def _age_ms(self) -> float:
        return round(1000 * (self.now() - self.started), 1)

    def _run_in_background(self, job_id: str) -> None:
        self.run_job(job_id, Deadline.after(self.settings.job_s, self.clock, deferred=True), worker=uuid4().hex)


def _new_id() -> str:
    return uuid4().hex[:12]
