"""A storage around a real one that counts, waits or fails when a test says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from app.sources import PoolStats
from app.storage import ObjectInfo, PresignedPost, Storage


def _nothing(method: str, key: str) -> None:
    """Let the call pass."""


class Watched:
    """Passes every call on; ``calls`` counts them by method, ``before`` is told first and may raise or wait."""

    kind: Literal["local", "s3"] = "local"

    def __init__(self, inner: Storage, before: Callable[[str, str], None] = _nothing) -> None:
        self.calls: Counter[str] = Counter()
        self.before = before
        self._inner = inner

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        self._note("put", key)
        self._inner.put(key, data, media_type=media_type)

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        self._note("put_new", key)
        return self._inner.put_new(key, data, media_type=media_type)

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        self._note("put_stream", key)
        self._inner.put_stream(key, blocks, media_type=media_type)

    def compare_and_swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        self._note("compare_and_swap", key)
        return self._inner.compare_and_swap(key, old, new, media_type=media_type)

    def get(self, key: str) -> bytes | None:
        self._note("get", key)
        return self._inner.get(key)

    def get_range(self, key: str, start: int, stop: int) -> bytes | None:
        self._note("get_range", key)
        return self._inner.get_range(key, start, stop)

    def stat(self, key: str) -> ObjectInfo | None:
        self._note("stat", key)
        return self._inner.stat(key)

    def delete(self, key: str) -> bool:
        self._note("delete", key)
        return self._inner.delete(key)

    def delete_prefix(self, prefix: str) -> int:
        self._note("delete_prefix", prefix)
        return self._inner.delete_prefix(prefix)

    def keys(self, prefix: str) -> Iterator[str]:
        self._note("keys", prefix)
        return self._inner.keys(prefix)

    def entries(self, prefix: str) -> Iterator[tuple[str, ObjectInfo]]:
        self._note("entries", prefix)
        return self._inner.entries(prefix)

    def presigned_url(self, key: str, **how: Any) -> str | None:
        self._note("presigned_url", key)
        return self._inner.presigned_url(key, **how)

    def presigned_post(self, key: str, **how: Any) -> PresignedPost | None:
        self._note("presigned_post", key)
        return self._inner.presigned_post(key, **how)

    def key_of(self, bucket: str, object_key: str) -> str | None:
        return self._inner.key_of(bucket, object_key)

    def ok(self) -> bool:
        return self._inner.ok()

    def warm(self) -> None:
        self._inner.warm()

    def close_idle(self) -> None:
        self._inner.close_idle()

    def stats(self) -> PoolStats:
        return self._inner.stats()

    def close(self) -> None:
        self._inner.close()

    def _note(self, method: str, key: str) -> None:
        self.calls[method] += 1
        self.before(method, key)
