"""The state of this container's storage, connections and memory cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from app.runtime.cache import CacheStats, MemoryCache
    from app.runtime.pool_stats import PoolStats
    from app.runtime.storage_failures import StorageFailures
    from app.sources import Fetcher
    from app.storage import Storage


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

    def report(self) -> HealthReport:
        """Return the current state, after a write to the storage."""
        storage = StorageHealth(self.storage.kind, self.storage.ok(), self.failures.count)
        pools = {"http": self.fetcher.stats()}
        if self.storage.kind == "s3":
            pools["s3"] = self.storage.stats()
        return HealthReport(pools, self.cache.stats(), storage)
