"""A storage around a real one, which counts calls, and waits or fails when a test says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from app.runtime.pool_stats import PoolStats
from app.storage import ObjectInfo, PresignedPost, Storage


def _nothing(method: str, key: str) -> None:
    """Let the call pass."""


class WatchedStorage:
    """Passes every call on. ``calls`` counts them by method; ``before`` is called first, and may raise or wait."""

    def __init__(self, inner: Storage, before: Callable[[str, str], None] = _nothing) -> None:
        self.kind = inner.kind
        self.calls: Counter[str] = Counter()
        self.before = before
        self.inner = inner

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._note("put", key)
        self.inner.put(key, data, media_type=media_type)

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        self._note("put_new", key)
        return self.inner.put_new(key, data, media_type=media_type)

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        self._note("put_stream", key)
        self.inner.put_stream(key, blocks, media_type=media_type)

    def compare_and_swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        self._note("compare_and_swap", key)
        return self.inner.compare_and_swap(key, old, new, media_type=media_type)

    def get(self, key: str) -> bytes | None:
        self._note("get", key)
        return self.inner.get(key)

    def stat(self, key: str) -> ObjectInfo | None:
        self._note("stat", key)
        return self.inner.stat(key)

    def delete(self, key: str) -> bool:
        self._note("delete", key)
        return self.inner.delete(key)

    def delete_many(self, keys: Sequence[str]) -> int:
        for key in keys:
            self._note("delete", key)
        return self.inner.delete_many(keys)

    def delete_prefix(self, prefix: str) -> int:
        self._note("delete_prefix", prefix)
        return self.inner.delete_prefix(prefix)

    def keys(self, prefix: str) -> Iterator[str]:
        self._note("keys", prefix)
        return self.inner.keys(prefix)

    def entries(self, prefix: str) -> Iterator[tuple[str, ObjectInfo]]:
        self._note("entries", prefix)
        return self.inner.entries(prefix)

    def entries_after(self, key: str, prefix: str, limit: int) -> list[tuple[str, ObjectInfo]]:
        self._note("entries_after", prefix)
        return self.inner.entries_after(key, prefix, limit)

    def presigned_url(self, key: str, **how: Any) -> str | None:
        self._note("link", key)
        return self.inner.presigned_url(key, **how)

    def presigned_post(self, key: str, **how: Any) -> PresignedPost | None:
        self._note("form", key)
        return self.inner.presigned_post(key, **how)

    def key_of(self, bucket: str, object_key: str) -> str | None:
        return self.inner.key_of(bucket, object_key)

    def probe(self) -> None:
        self.inner.probe()

    def ok(self) -> bool:
        return self.inner.ok()

    def warm(self) -> None:
        self.inner.warm()

    def close_idle(self) -> None:
        self.inner.close_idle()

    def stats(self) -> PoolStats:
        return self.inner.stats()

    def close(self) -> None:
        self.inner.close()

    def passes(self) -> None:
        """Let every call pass from now on."""
        self.before = _nothing

    def _note(self, method: str, key: str) -> None:
        self.calls[method] += 1
        self.before(method, key)
