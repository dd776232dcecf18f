"""Where bytes are kept: one small protocol, met by a directory and by S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from app.runtime.pool_stats import PoolStats


class Stored(msgspec.Struct, frozen=True):
    """What is known of an object without reading it: size in bytes, last write in Unix seconds."""

    bytes: int
    modified: float


class Form(msgspec.Struct, frozen=True):
    """A multipart POST that brings an object straight into the storage: its ``fields``, then ``file``."""

    url: str
    fields: Mapping[str, str]


class Storage(Protocol):
    """Objects by key; a write is whole and durable, or it did not happen.

    Every method raises StorageUnavailable when the place itself fails.
    """

    kind: Literal["local", "s3"]

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        """Write the object, replacing what was there."""

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write the object unless the key is taken; say whether this call wrote it."""

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        """Write the object as its bytes come; what ``blocks`` raises leaves things as they were."""

    def swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        """Replace the object if it is still ``old``; say whether it is ``new`` now by this call.

        ``new`` must hold something that no other caller writes.
        """

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

    def entries(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        """Yield the keys that start with ``prefix``, sorted, each with size and age."""

    def link(
        self,
        key: str,
        *,
        expires_s: int,
        method: Literal["GET", "HEAD"] = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """Return a link that answers the object to anybody, with these headers; None where there is no such thing."""

    def form(self, key: str, *, media_type: str, size: int, expires_s: int) -> Form | None:
        """Return a form that lets anybody write the object in this type and size; None where there is none."""

    def locate(self, bucket: str, name: str) -> str | None:
        """Return our key of an object that somebody calls by bucket and name; None for one that is not ours."""

    def ok(self) -> bool:
        """Say whether the place answers; never raises."""

    def warm(self) -> None:
        """Do now what the first use would wait for."""

    def disconnect(self) -> None:
        """Close connections that wait; the next use opens new ones and builds nothing else anew."""

    def stats(self) -> PoolStats:
        """Return what the connections did so far."""

    def close(self) -> None:
        """Give back every connection."""
