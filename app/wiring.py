"""Which parts a container is made of: settings and platform in, working parts out."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.access import signing
from app.access.secrets import SCHEME, Secrets
from app.config import Platform, Settings
from app.deadline import Clock
from app.errors import StorageUnavailable
from app.runtime.admission import Admission
from app.runtime.cache import MemoryCache, TTLCache
from app.service import Deferred, Tools
from app.sources import Fetcher
from app.storage import Storage


def tools(
    settings: Settings,
    platform: Platform,
    clock: Clock,
    now: Callable[[], float],
    deferred: Deferred,
    secrets: Secrets,
) -> Tools:
    """Return what the use cases work with; nothing is connected yet.

    Raises ConfigError for a storage that cannot be.
    """
    cores = _cores()
    return Tools(
        settings=settings,
        storage=_storage(settings),
        cache=MemoryCache(settings.cache_bytes),
        present=TTLCache(clock),
        urls=TTLCache(clock),
        remote=Fetcher(
            settings,
            networks=settings.source_networks,
            pooling=settings.pooling,
            pool_size=settings.pool_size,
        ),
        admission=Admission(
            memory_mb=settings.memory_mb,
            slots=1 if platform.mode == "lambda" else cores,
            cpu_share=platform.cpu_share,
        ),
        identify=_identify(settings, platform, secrets),
        now=now,
        deferred=deferred,
        cores=cores,
    )


def _cores() -> int:
    """Return the cores this process may use; macOS cannot say and gives what the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _storage(settings: Settings) -> Storage:
    if settings.storage.startswith("s3://"):
        from app.storage import s3

        return s3.from_url(
            settings.storage,
            pooling=settings.pooling,
            pool_size=settings.pool_size,
            connect_s=settings.connect_s,
            read_s=settings.read_s,
        )
    from app.storage.local import LocalStorage

    return LocalStorage(Path(settings.storage), derived_bytes=settings.derived_bytes)


def _identify(settings: Settings, platform: Platform, secrets: Secrets) -> Callable[[bytes], str]:
    secret = settings.secret
    if secret.startswith(SCHEME):
        return lambda data: signing.image_id(secrets.settings().secret.encode(), data)
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
