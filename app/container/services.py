"""Builds the use cases: the one place that knows which parts each of them needs."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from app.access.subkeys import Subkeys
from app.container.backends import Backends
from app.core.config import Platform, Settings
from app.runtime.admission import Admission
from app.runtime.cache import MemoryCache, TTLCache
from app.runtime.single_flight import SingleFlight
from app.runtime.storage_failures import StorageFailures
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
from app.service.purge import DAY_S, INCOMING_DAYS


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What the use cases of one container have in common."""

    settings: Settings
    platform: Platform
    backends: Backends
    queue: JobQueue
    failures: StorageFailures
    subkeys: Subkeys
    now: Callable[[], float]


def build_services(shared: Shared) -> Services:
    """Return the use cases, each with the parts it needs and no others."""
    settings, subkeys, failures, now = shared.settings, shared.subkeys, shared.failures, shared.now
    storage, cache, links_s = shared.backends.storage, MemoryCache(settings.cache_bytes), int(settings.presign_s)
    identify, renderer = subkeys.image_id, _renderer(settings, shared.platform)
    images = ImageStore(
        storage=storage,
        renderer=renderer,
        cache=cache,
        known=TTLCache(now),
        identify=identify,
        recheck_s=settings.recheck_s,
        links_s=links_s,
    )
    results = ResultStore(
        storage=storage,
        images=images,
        renderer=renderer,
        cache=cache,
        flights=SingleFlight(),
        failures=failures,
        links_s=links_s,
    )
    purge = _purge(shared, images)
    uploads = _uploads(shared, images, purge)
    sources = _sources(shared, images, uploads)
    mac = subkeys.digest("job")
    jobs = Jobs(storage=storage, queue=shared.queue, purge=purge, identify=identify, mac=mac, now=now)
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
        health=Health(
            storage=storage,
            fetcher=shared.backends.fetcher,
            cache=cache,
            failures=failures,
            probes=TTLCache(now, entries=1),
        ),
    )


def _purge(shared: Shared, images: ImageStore) -> Purge:
    return Purge(
        storage=shared.backends.storage,
        failures=shared.failures,
        now=shared.now,
        derived_days=shared.settings.derived_days,
        retention_days=shared.settings.retention_days,
        delete_image=images.delete,
    )


def _uploads(shared: Shared, images: ImageStore, purge: Purge) -> Uploads:
    return Uploads(
        storage=shared.backends.storage,
        images=images,
        purge=purge,
        mac=shared.subkeys.digest("upload token"),
        now=shared.now,
        max_bytes=shared.settings.max_source_bytes,
        # no longer than the receipts are kept that tell that a token is spent
        lifetime_s=min(int(shared.settings.presign_s), INCOMING_DAYS * DAY_S),
    )


def _sources(shared: Shared, images: ImageStore, uploads: Uploads) -> Sources:
    return Sources(
        images=images,
        uploads=uploads,
        fetcher=shared.backends.fetcher,
        urls=TTLCache(shared.now),
        fetches=SingleFlight(),
        identify_url=shared.subkeys.digest("url source"),
        url_max_age_s=shared.settings.url_max_age_s,
    )


def _renderer(settings: Settings, platform: Platform) -> Renderer:
    slots = decode_slots(platform)
    admission = Admission(memory_mb=settings.memory_mb, slots=slots, cpu_share=platform.cpu_share)
    # a container on Lambda has all its cores for the one image at a time
    cores = usable_cores() if platform.mode == "lambda" else slots
    return Renderer(limits=settings, admission=admission, cores=cores)


def decode_slots(platform: Platform) -> int:
    """Return how many images the requests of this process decode at once: its part of the cores, and one at least.

    What it does not limit is time: other processes may have nothing to do, and then the work has a whole core.
    """
    return 1 if platform.mode == "lambda" else max(1, usable_cores() // platform.processes)


def usable_cores() -> int:
    """Return the number of cores this process may use, or on macOS the number of cores in the machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
