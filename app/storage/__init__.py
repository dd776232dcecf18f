"""Where bytes are kept: one small protocol, met by a directory and by S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from app.sources import PoolStats


class Stored(msgspec.Struct, frozen=True):
    """What is known of an object without reading it: size in bytes, last write in Unix seconds."""

    bytes: int
    modified: float


class Storage(Protocol):
    """Objects by key; a write is whole and durable, or it did not happen.

    Every method raises StorageUnavailable when the place itself fails.
    """

    kind: Literal["local", "s3"]

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        """Write the object, replacing what was there."""

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write the object unless the key is taken; say whether this call wrote it."""

    def get(self, key: str) -> bytes | None:
        """Return the whole object, None when there is none."""

    def read(self, key: str, start: int, stop: int) -> bytes | None:
        """Return the bytes from ``start`` up to ``stop``, fewer where the object ends earlier."""

    def stat(self, key: str) -> Stored | None:
        """Return size and age, None when there is none."""

    def delete(self, key: str) -> bool:
        """Remove the object; say whether it may have been there."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object whose key starts with ``prefix``; return how many."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with ``prefix``, sorted."""

    def ok(self) -> bool:
        """Say whether the place answers; never raises."""

    def warm(self) -> None:
        """Do now what the first use would wait for."""

    def stats(self) -> PoolStats:
        """Return what the connections did so far."""

    def close(self) -> None:
        """Give back every connection."""
