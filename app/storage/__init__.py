"""Where bytes are kept: one small protocol, implemented by a local directory and by S3."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats


class ObjectInfo(msgspec.Struct, frozen=True):
    """The metadata of an object: size in bytes, last write in Unix seconds, and what changes with every write."""

    bytes: int
    modified: float
    etag: str = ""


class PresignedPost(msgspec.Struct, frozen=True):
    """A multipart POST that uploads an object directly: send ``fields``, then ``file``, to ``url``."""

    url: str
    fields: Mapping[str, str]


class Storage(Protocol):
    """Objects by key; a write is complete and durable, or it did not happen.

    Every method raises StorageUnavailable when the storage itself fails, which does not ``may_pass`` for an object
    that it always refuses. The methods with a body are defaults for a
    storage that inherits from this class, has no connections and gives out no links.
    """

    kind: str

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        """Write the object, replacing any other under this key."""

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write the object unless the key exists; return whether this call wrote it."""

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        """Write the object from its blocks; when ``blocks`` raises, nothing changes."""
        self.put(key, b"".join(blocks), media_type=media_type)

    def compare_and_swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        """Replace the object if it still equals ``old``; return whether this call wrote ``new``.

        ``new`` must hold something that no other caller writes.
        """

    def get(self, key: str) -> bytes | None:
        """Return the whole object, None when there is none."""

    def stat(self, key: str) -> ObjectInfo | None:
        """Return the object's metadata, None when there is none."""

    def delete(self, key: str) -> bool:
        """Delete the object; return whether there was one."""

    def delete_many(self, keys: Sequence[str]) -> int:
        """Delete the objects; return how many there were, or how many were named where nobody can tell."""
        return sum(self.delete(key) for key in keys)

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object whose key starts with ``prefix``; return how many."""
        return sum(self.delete(key) for key in list(self.keys(prefix)))

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with ``prefix``, sorted."""

    def entries(self, prefix: str) -> Iterator[tuple[str, ObjectInfo]]:
        """Yield the keys that start with ``prefix``, in any order, with their metadata.

        They are found while they are asked for, so that a caller who stops early pays for what it took.
        """
        for key in self.keys(prefix):
            info = self.stat(key)
            if info is not None:  # deleted meanwhile
                yield key, info

    def entries_after(self, key: str, prefix: str, limit: int) -> list[tuple[str, ObjectInfo]]:
        """Return the first ``limit`` entries of ``prefix`` behind ``key``, in the order of their keys."""
        later = (entry for entry in self.entries(prefix) if entry[0] > key)
        return heapq.nsmallest(limit, later, key=lambda entry: entry[0])

    def presigned_url(
        self,
        key: str,
        *,
        expires_s: int,
        method: Literal["GET", "HEAD"] = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """Return a URL that lets anybody read the object, with these response headers; None where not supported."""
        return None

    def presigned_post(self, key: str, *, media_type: str, size: int, expires_s: int) -> PresignedPost | None:
        """Return a form that lets anybody write the object with this type and size; None where not supported."""
        return None

    def key_of(self, bucket: str, object_key: str) -> str | None:
        """Return our key for an object of an S3 bucket; None for an object outside of this storage."""
        return None

    def probe(self) -> None:
        """Write something and delete it, which a credential that only reads cannot do."""

    def ok(self) -> bool:
        """Return whether the storage takes a write; never raises."""
        try:
            self.probe()
        except StorageUnavailable:
            return False
        return True

    def warm(self) -> None:
        """Connect, and build now what the first use would build."""
        return None

    def close_idle(self) -> None:
        """Close idle connections; the next use opens new ones and rebuilds nothing else."""
        return None

    def stats(self) -> PoolStats:
        """Return the connection counters."""
        return PoolStats(0, 0, 0, 0)

    def close(self) -> None:
        """Close every connection."""
        return None
