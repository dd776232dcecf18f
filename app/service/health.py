"""The state of this container's storage, connections and memory cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from app.runtime.cache import CacheStats, MemoryCache, TTLCache
    from app.runtime.pool_stats import PoolStats
    from app.runtime.storage_failures import StorageFailures
    from app.sources import Fetcher
    from app.storage import Storage

# a write to a bucket costs money, and monitoring asks several times a minute
_PROBE_AGE_S: Final = 30.0


class StorageHealth(msgspec.Struct, frozen=True):
    """Which storage this is, whether it takes a write, and how often it failed without failing a request."""

    kind: str
    ok: bool
    failures: int


class HealthReport(msgspec.Struct, frozen=True):
    """The state of everything that outlives a request."""

    pools: dict[str, PoolStats]
    cache: CacheStats
    storage: StorageHealth

    @property
    def ok(self) -> bool:
        """Return whether everything that requests depend on works."""
        return self.storage.ok


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Reports on the storage, connections and caches that the other groups use."""

    storage: Storage
    fetcher: Fetcher
    cache: MemoryCache
    failures: StorageFailures
    probes: TTLCache[bool]

    def report(self) -> HealthReport:
        """Return the current state; the storage is tested with a write unless one has succeeded recently."""
        storage = StorageHealth(self.storage.kind, self._takes_writes(), self.failures.count)
        pools = {"http": self.fetcher.stats()}
        if self.storage.kind == "s3":
            pools["s3"] = self.storage.stats()
        return HealthReport(pools, self.cache.stats(), storage)

    def _takes_writes(self) -> bool:
        """Return whether the storage takes a write. Only success is remembered, and until the next failure."""
        since = str(self.failures.count)
        if self.probes.get(since, max_age_s=_PROBE_AGE_S):
            return True
        works = self.storage.ok()
        if works:
            self.probes.put(since, value=True)
        return works
