"""Builds the use cases: the one place that knows which parts each of them needs."""

from __future__ import annotations

import os
from collections.abc import Callable

from app.config import Platform, Settings
from app.container.backends import Backends
from app.deadline import Clock
from app.runtime.admission import Admission
from app.runtime.cache import MemoryCache, TTLCache
from app.service import (
    Health,
    ImageStore,
    Inbox,
    JobQueue,
    JobRunner,
    Jobs,
    Purge,
    Renderer,
    ResultStore,
    Services,
    Sources,
    Uploads,
)
from app.service.models import Identify


def build_services(
    settings: Settings,
    platform: Platform,
    backends: Backends,
    *,
    queue: JobQueue,
    identify: Identify,
    clock: Clock,
    now: Callable[[], float],
) -> Services:
    """Return the use cases, each with the parts it needs and no others."""
    storage, cache, links_s = backends.storage, MemoryCache(settings.cache_bytes), int(settings.presign_s)
    renderer = _renderer(settings, platform)
    images = ImageStore(
        storage=storage,
        renderer=renderer,
        cache=cache,
        known=TTLCache(clock),
        identify=identify,
        recheck_s=settings.recheck_s,
        links_s=links_s,
    )
    results = ResultStore(storage=storage, images=images, renderer=renderer, cache=cache, links_s=links_s)
    purge = Purge(storage=storage, now=now, derived_days=settings.derived_days)
    uploads = Uploads(
        storage=storage,
        images=images,
        purge=purge,
        identify=identify,
        now=now,
        max_bytes=settings.max_source_bytes,
        lifetime_s=links_s,
    )
    max_age_s = settings.url_max_age_s
    sources = Sources(
        images=images, uploads=uploads, fetcher=backends.fetcher, urls=TTLCache(clock), url_max_age_s=max_age_s
    )
    jobs = Jobs(storage=storage, queue=queue, purge=purge, identify=identify, now=now)
    return Services(
        images=images,
        renderer=renderer,
        sources=sources,
        results=results,
        uploads=uploads,
        jobs=jobs,
        job_runner=JobRunner(jobs=jobs, images=images, results=results, sources=sources),
        inbox=Inbox(storage=storage, renderer=renderer, identify=identify, widths=settings.widths),
        purge=purge,
        health=Health(storage=storage, fetcher=backends.fetcher, cache=cache),
    )


def _renderer(settings: Settings, platform: Platform) -> Renderer:
    cores = _usable_cores()
    slots = 1 if platform.mode == "lambda" else cores
    admission = Admission(memory_mb=settings.memory_mb, slots=slots, cpu_share=platform.cpu_share)
    return Renderer(limits=settings, admission=admission, cores=cores)


def _usable_cores() -> int:
    """Return the number of cores this process may use, or on macOS the number of cores in the machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
