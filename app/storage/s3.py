"""Storage in an S3 bucket: an object per key below one prefix.

The policy must allow, on the objects, ``s3:GetObject``, ``s3:PutObject`` and ``s3:DeleteObject``, and
on the bucket itself, without a condition, ``s3:ListBucket``: without it S3 answers 403 for an object
that is not there, which cannot be told from a denial.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, Literal
from uuid import uuid4

from app.config import ConfigError
from app.errors import StorageUnavailable
from app.sources import PoolStats
from app.storage import Stored
from app.storage.s3_client import Clients, Connect, connect, error_code

# bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_URL: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w!.*'()/-]*))?", re.ASCII)
_CONFLICTS: Final = 5
_MISSING: Final = ("404", "NoSuchKey")


def from_url(url: str, *, pooling: Literal["shared", "per_request"] = "shared", **options: Any) -> S3Storage:
    """Return the storage ``s3://bucket/prefix`` names; ``options`` are those of ``connect``. Raise ConfigError."""
    match = _URL.fullmatch(url)
    if match is None or not _is_plain(match["prefix"] or ""):
        # the value is not repeated: it may be a secret that landed in the wrong variable
        raise ConfigError("MONOLAMBDA_STORAGE: expected s3://bucket/prefix, in letters, digits and !-_.*'()")
    return S3Storage(match["bucket"], match["prefix"] or "", connect=partial(connect, **options), pooling=pooling)


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
        writer = uuid4().hex
        with self._clients.client() as s3:
            write = partial(s3.put_object, **self._object(key), Body=data, ContentType=media_type)
            try:
                _insist(partial(write, IfNoneMatch="*", Metadata={"writer": writer}))
            except s3.exceptions.ClientError as exc:
                if error_code(exc) != "PreconditionFailed":
                    raise
                return self._wrote_before(s3, key, writer, exc)
        return True

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
        with self._clients.client() as s3:
            for page in self._list(s3, prefix):
                yield from (name.removeprefix(self._prefix) for name in page)

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

    def _wrote_before(self, s3: Any, key: str, writer: str, exc: Any) -> bool:
        """Say whether the key is taken by this very call, whose first answer was lost and which was sent again."""
        if not exc.response["ResponseMetadata"].get("RetryAttempts"):
            return False
        head = self._head(s3, key)
        return head is not None and head["Metadata"].get("writer") == writer

    def _list(self, s3: Any, prefix: str) -> Iterator[list[str]]:
        """Yield pages of full names, in the order of their UTF-8 bytes, which is that of Python's strings."""
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix, PaginationConfig={"PageSize": self._page}
        )
        for page in pages:
            yield [found["Key"] for found in page.get("Contents", ())]

    def _delete(self, s3: Any, names: list[str]) -> int:
        if names:
            answer = s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
            )
            if errors := answer.get("Errors"):
                raise StorageUnavailable(f"S3 did not delete {len(errors)} objects: {errors[0].get('Code')}")
        return len(names)


def _insist(write: Callable[[], Any]) -> None:
    """Write again while S3 answers that another write or delete of the key was in its way.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    for _ in range(_CONFLICTS):
        try:
            write()
        except Exception as exc:
            if error_code(exc) != "ConditionalRequestConflict":
                raise
        else:
            return
    raise StorageUnavailable("S3 could not settle who writes this object")


def _is_plain(path: str) -> bool:
    """Say whether no part of the path is "." or "..", which HTTP clients would resolve."""
    return not {".", ".."} & set(path.split("/"))
