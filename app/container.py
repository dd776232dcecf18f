"""What lives as long as one Lambda container: built once, handed to everything."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from app import signing
from app.access import Access
from app.admission import Admission
from app.cache import MemoryCache, Remembered
from app.config import Platform, Settings
from app.deadline import Clock, Deadline
from app.errors import StorageUnavailable
from app.service import Tools
from app.sources import Remote
from app.storage import Storage, s3
from app.storage.local import LocalStorage
from app.telemetry import Log, RouteStats


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
    ) -> None:
        self.settings = settings
        self.platform = platform
        self.clock = clock
        self.now = now
        self.log = log or Log(settings.log_level)
        self.id = uuid4().hex[:12]
        self.started = now() if started is None else started
        self.access = Access(settings, platform, now=now)
        self.routes = RouteStats()
        self.tools = _tools(settings, platform, clock)
        self.init_ms = round(1000 * (now() - self.started), 1)
        self._invocations = 0
        self._lock = threading.Lock()

    def begin(self) -> bool:
        """Count one invocation; say whether it is the first, which paid for the cold start."""
        with self._lock:
            self._invocations += 1
            return self._invocations == 1

    @property
    def invocations(self) -> int:
        """Return how many invocations began."""
        return self._invocations

    def deadline(self, context: Any) -> Deadline:
        """Return when a request must have answered: what Lambda's context leaves, less a margin."""
        left = getattr(context, "get_remaining_time_in_millis", None)
        seconds = left() / 1000 - self.settings.deadline_margin_s if left else self.settings.deadline_s
        return Deadline.after(seconds, self.clock)

    def close(self) -> None:
        """Give back every connection."""
        self.tools.remote.close()
        self.tools.storage.close()


def _tools(settings: Settings, platform: Platform, clock: Clock) -> Tools:
    return Tools(
        settings=settings,
        storage=_storage(settings),
        cache=MemoryCache(settings.cache_bytes),
        present=Remembered(clock),
        urls=Remembered(clock),
        remote=Remote(
            settings,
            networks=settings.source_networks,
            pooling=settings.pooling,
            pool_size=settings.pool_size,
        ),
        admission=Admission(
            memory_mb=settings.memory_mb,
            slots=1 if platform.mode == "lambda" else _cores(),
            cpu_share=platform.cpu_share,
        ),
        identify=_identify(settings, platform),
    )


def _cores() -> int:
    """Return the cores this process may use; macOS cannot say and gives what the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _storage(settings: Settings) -> Storage:
    if settings.storage.startswith("s3://"):
        return s3.from_url(
            settings.storage,
            pooling=settings.pooling,
            pool_size=settings.pool_size,
            connect_s=settings.connect_s,
            read_s=settings.read_s,
        )
    return LocalStorage(Path(settings.storage), derived_bytes=settings.derived_bytes)


def _identify(settings: Settings, platform: Platform) -> Callable[[bytes], str]:
    secret = settings.secret
    # on Lambda a directory belongs to one container: a secret made there would be one of many
    if not secret and platform.mode == "local" and not settings.storage.startswith("s3://"):
        from app.storage.secret import local_secret

        secret = local_secret(Path(settings.storage))
    if not secret:
        return _refuse_without_secret
    return partial(signing.image_id, secret.encode())


def _refuse_without_secret(data: bytes) -> str:
    raise StorageUnavailable(
        "MONOLAMBDA_SECRET is not set: ids of images are made from it, and every container must know the same"
    )
