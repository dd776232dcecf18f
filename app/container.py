"""What lives as long as one Lambda container: built once, handed to everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from app import imaging, service
from app.access.policy import Access
from app.access.secrets import Secrets, ssm_reader
from app.config import Platform, Settings
from app.deadline import Clock, Deadline, Stopwatch
from app.errors import ServiceError
from app.options import presets
from app.runtime import aws
from app.runtime.background import Pool
from app.runtime.telemetry import Log, RouteStats
from app.service import Job, RequestContext
from app.wiring import tools


class Container:
    """The one builder: settings in, working parts out.

    ``started`` is the wall-clock time, in Unix seconds, at which the process began to load us.
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
        outbound: aws.Outbound | None = None,
    ) -> None:
        self.settings = settings
        self.platform = platform
        self.clock = clock
        self.now = now
        self.log = log or Log(settings.log_level)
        self.id = _new_id()
        self.started = now() if started is None else started
        self.outbound = outbound or aws.Outbound(
            aws.SelfInvoker(platform.function_name, platform.function_version),
            aws.SqsQueue(settings.dead_letter_url),
        )
        secrets = Secrets(settings, read=self.outbound.read_secrets or ssm_reader())
        self.access = Access(settings, platform, now=now, secrets=secrets)
        self.presets = presets.read(settings.presets)
        self.routes = RouteStats()
        self._pool = Pool(self._run_in_background, waiting=settings.job_queue)
        deferred = aws.Jobs(self.outbound.invoker) if platform.mode == "lambda" else self._pool
        self.tools = tools(settings, platform, clock, now, deferred, secrets)
        self.init_ms = self._age_ms()
        self._invocations = 0
        self._lock = threading.Lock()
        if platform.unknown_variables:
            unknown = {"event": "unknown_settings", "container": self.id, "variables": platform.unknown_variables}
            self.log.write("warning", unknown)

    def warm(self) -> None:
        """Build what ``warm_on_init`` names, so that no request has to wait for it; the start does instead."""
        for name in self.settings.warm_on_init:
            match name:
                case "imaging":
                    imaging.warm()
                case "http":
                    self.tools.remote.warm()
                case "storage":
                    self.tools.storage.warm()
        self.init_ms = self._age_ms()

    def renew(self) -> None:
        """Become a container of its own after a restore: all clones of a snapshot begin with the same memory.

        Connections of the snapshot lead nowhere. What the system gives as random, which ids and TLS are made
        of, differs already: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
        """
        import random

        random.seed()  # botocore waits for random times, so that not all containers try again at once
        self.id = _new_id()
        self.started = self.now()
        with self._lock:
            self._invocations = 0
        self.tools.remote.disconnect()
        self.tools.storage.disconnect()

    def begin(self) -> bool:
        """Count one invocation; say whether it is the first, which paid for the cold start."""
        with self._lock:
            self._invocations += 1
            return self._invocations == 1

    @property
    def invocations(self) -> int:
        """Return how many invocations began."""
        return self._invocations

    def exceeds_response_limit(self, size: int) -> bool:
        """Say whether an image of ``size`` bytes is too large for Lambda to answer it itself, not by a link.

        An answer has 6 MB with its envelope, and bytes travel as base64, which makes them a third more:
        https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        """
        limited = self.platform.mode == "lambda" and self.tools.storage.kind == "s3"
        return limited and size > self.settings.max_response_bytes

    @property
    def bucket_origin(self) -> str:
        """Return where links to the bucket lead, as far as settings and platform tell; no client is built for it."""
        if self.settings.bucket_origin or not self.platform.region:
            return self.settings.bucket_origin
        if not self.settings.storage.startswith("s3://"):
            return ""
        from app.storage import s3

        return s3.origin(self.settings.storage, self.platform.region)

    def deadline(self, context: Any) -> Deadline:
        """Return when a request must have answered: what Lambda's context leaves, less a margin."""
        left = getattr(context, "get_remaining_time_in_millis", None)
        seconds = left() / 1000 - self.settings.deadline_margin_s if left else self.settings.deadline_s
        return Deadline.after(seconds, self.clock)

    def run_job(self, job: str, deadline: Deadline, *, worker: str) -> Job | None:
        """Run a deferred job and log one line; None when nothing was to be done. Raise service.Again."""
        turn = RequestContext(deadline, Stopwatch())
        done = None
        try:
            done = service.run(self.tools, turn, job, worker=worker, permit=self.access.permit_any)
        except ServiceError as exc:  # the record itself could not be read or written
            raise service.RetryLater(exc.detail) from exc
        except Exception as exc:
            self.log_bug(exc.__cause__ if isinstance(exc, service.RetryLater) else exc)
            if isinstance(exc, service.RetryLater):
                raise
        finally:
            times = {name: round(1000 * spent, 1) for name, spent in turn.stopwatch.seconds().items()}
            self.log.write("info", {"event": "job", "container": self.id, "state": done and done.state, "ms": times})
        return done

    def log_bug(self, exc: BaseException | None) -> None:
        """Log the whole trace of what is our own fault."""
        if exc is not None and not isinstance(exc, ServiceError):
            import traceback

            trace = "".join(traceback.format_exception(exc))
            self.log.write("error", {"event": "bug", "container": self.id, "trace": trace})

    def _age_ms(self) -> float:
        return round(1000 * (self.now() - self.started), 1)

    def _run_in_background(self, job: str) -> None:
        self.run_job(job, Deadline.after(self.settings.job_s, self.clock), worker=uuid4().hex)

    def close(self) -> None:
        """Give back every connection; jobs that run end, or are found by whoever asks about them."""
        self._pool.close()
        self.tools.remote.close()
        self.tools.storage.close()


def _new_id() -> str:
    return uuid4().hex[:12]
