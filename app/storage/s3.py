"""Storage in an S3 bucket: an object per key below one prefix.

The policy must allow, on the objects, ``s3:GetObject``, ``s3:PutObject`` and ``s3:DeleteObject``, and
on the bucket itself, without a condition, ``s3:ListBucket``: without it S3 answers 403 for an object
that is not there, which cannot be told from a denial.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, Literal

from app.config import ConfigError
from app.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage import Form, Stored, s3_links, s3_writes
from app.storage.s3_client import Clients, Connect, connect, error_code

# bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_URL: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w!.*'()/-]*))?", re.ASCII)
_MISSING: Final = ("404", "NoSuchKey")


def from_url(url: str, *, pooling: Literal["shared", "per_request"] = "shared", **options: Any) -> S3Storage:
    """Return the storage ``s3://bucket/prefix`` names; ``options`` are those of ``connect``. Raise ConfigError."""
    match = _URL.fullmatch(url)
    if match is None or not _is_plain(match["prefix"] or ""):
        # the value is not repeated: it may be a secret that landed in the wrong variable
        raise ConfigError("MONOLAMBDA_STORAGE: expected s3://bucket/prefix, in letters, digits and !-_.*'()")
    return S3Storage(match["bucket"], match["prefix"] or "", connect=partial(connect, **options), pooling=pooling)


def origin(url: str, region: str) -> str:
    """Return the origin of links to the bucket, empty for a directory.

    A name with a dot is no host of S3's certificate, so such a bucket is part of the path.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return ""
    host = f"s3.{region}.amazonaws.com"
    return f"https://{host}" if "." in match["bucket"] else f"https://{match['bucket']}.{host}"


class S3Storage:
    """Objects below ``prefix`` of ``bucket``; ``connect`` returns a new S3 client of boto3.

    Keys are listed ``page`` at a time, 1,000 at most. The client is built when first used.
    """

    kind: Literal["local", "s3"] = "s3"

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        connect: Connect = connect,
        pooling: Literal["shared", "per_request"] = "shared",
        page: int = 1000,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/".removeprefix("/")
        self._page = page
        self._clients = Clients(connect, pooling=pooling)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        with self._clients.client() as s3:
            s3.put_object(**self._object(key), Body=data, ContentType=media_type)

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        with self._clients.client() as s3:
            return s3_writes.put_new(s3, self._object(key), data, media_type)

    def put_stream(self, key: str, blocks: Iterable[bytes], *, media_type: str) -> None:
        """Write the object; S3 has to know its size first, so the bytes are gathered."""
        self.put(key, b"".join(blocks), media_type=media_type)

    def swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        with self._clients.client() as s3:
            return s3_writes.swap(s3, self._object(key), old, new, media_type)

    def get(self, key: str) -> bytes | None:
        return self._get(key)

    def read(self, key: str, start: int, stop: int) -> bytes | None:
        if stop <= start:
            return None if self.stat(key) is None else b""
        return self._get(key, Range=f"bytes={start}-{stop - 1}")

    def stat(self, key: str) -> Stored | None:
        with self._clients.client() as s3:
            head = self._head(s3, key)
        return None if head is None else Stored(head["ContentLength"], head["LastModified"].timestamp())

    def delete(self, key: str) -> bool:
        with self._clients.client() as s3:
            if self._head(s3, key) is None:
                return False
            s3.delete_object(**self._object(key))
        return True

    def delete_prefix(self, prefix: str) -> int:
        with self._clients.client() as s3:
            return sum(self._delete(s3, page) for page in self._list(s3, prefix))

    def keys(self, prefix: str) -> Iterator[str]:
        yield from (key for key, _ in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[tuple[str, Stored]]:
        with self._clients.client() as s3:
            for page in self._list(s3, prefix):
                for found in page:
                    about = Stored(found["Size"], found["LastModified"].timestamp())
                    yield found["Key"].removeprefix(self._prefix), about

    def link(
        self,
        key: str,
        *,
        expires_s: int,
        method: Literal["GET", "HEAD"] = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        with self._clients.client() as s3:
            return s3_links.link(s3, self._object(key), expires_s=expires_s, method=method, headers=headers or {})

    def form(self, key: str, *, media_type: str, size: int, expires_s: int) -> Form | None:
        with self._clients.client() as s3:
            return s3_links.form(s3, self._object(key), media_type=media_type, size=size, expires_s=expires_s)

    def locate(self, bucket: str, name: str) -> str | None:
        if bucket != self._bucket or not name.startswith(self._prefix):
            return None
        key = name.removeprefix(self._prefix)
        return key if _is_plain(key) else None

    def ok(self) -> bool:
        try:
            with self._clients.client() as s3:
                s3.head_bucket(Bucket=self._bucket)
        except StorageUnavailable:
            return False
        return True

    def warm(self) -> None:
        """Build the client, find credentials and open a connection, before the first request needs them."""
        self.ok()

    def disconnect(self) -> None:
        """Close connections that wait, and keep the client."""
        self._clients.disconnect()

    def stats(self) -> PoolStats:
        """Return what the connections did so far."""
        return self._clients.stats()

    def close(self) -> None:
        """Give back every connection; the next call begins anew."""
        self._clients.close()

    def _object(self, key: str) -> dict[str, str]:
        if not _is_plain(key) or not key or key.startswith("/"):
            raise ValueError(f"not a storage key: {key!r}")
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _get(self, key: str, **extra: str) -> bytes | None:
        with self._clients.client() as s3:
            try:
                with s3.get_object(**self._object(key), **extra)["Body"] as body:
                    return bytes(body.read())
            except s3.exceptions.ClientError as exc:
                if error_code(exc) == "InvalidRange":  # starts at or behind the end
                    return b""
                if error_code(exc) not in _MISSING:
                    raise
        return None

    def _head(self, s3: Any, key: str) -> dict[str, Any] | None:
        try:
            return dict(s3.head_object(**self._object(key)))
        except s3.exceptions.ClientError as exc:
            if error_code(exc) not in _MISSING:
                raise
        s3.head_bucket(Bucket=self._bucket)  # an answer to HEAD cannot say whether object or bucket is missing
        return None

    def _list(self, s3: Any, prefix: str) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of what S3 tells of each object, ordered by the key's UTF-8 bytes, as Python's strings are."""
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix, PaginationConfig={"PageSize": self._page}
        )
        for page in pages:
            yield page.get("Contents", [])

    def _delete(self, s3: Any, page: list[dict[str, Any]]) -> int:
        if page:
            answer = s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": found["Key"]} for found in page], "Quiet": True}
            )
            if errors := answer.get("Errors"):
                raise StorageUnavailable(f"S3 did not delete {len(errors)} objects: {errors[0].get('Code')}")
        return len(page)


def _is_plain(path: str) -> bool:
    """Say whether no part of the path is "." or "..", which HTTP clients would resolve."""
    return not {".", ".."} & set(path.split("/"))
