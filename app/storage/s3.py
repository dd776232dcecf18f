"""Storage in an S3 bucket: an object per key below one prefix.

The policy must allow ``s3:GetObject``, ``s3:PutObject`` and ``s3:DeleteObject`` on the objects, and
``s3:ListBucket`` on the bucket itself, without a condition: without it S3 answers 403 for a missing
object, which then looks like a denial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, Literal

from app.core.config import ConfigError, Settings
from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage import ObjectInfo, PresignedPost, Storage, keys, s3_conditional, s3_presign
from app.storage.s3_client import NOT_FOUND, CreateClient, S3Clients, create_client, error_code, incomplete

# bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_URL: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w!.*'()/-]*))?", re.ASCII)

# objects that one request deletes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_MOST_AT_ONCE: Final = 1000

# by how the names of their regions begin; everywhere else it is amazonaws.com
_DOMAINS: Final = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}


def from_url(url: str, *, pooling: Literal["shared", "per_request"] = "shared", **options: Any) -> S3Storage:
    """Return the storage of ``s3://bucket/prefix``; ``options`` go to ``create_client``. Raise ConfigError."""
    match = _URL.fullmatch(url)
    if match is None or _has_dot_segments(match["prefix"] or ""):
        # the value is not repeated: it may be a secret that landed in the wrong variable
        raise ConfigError("MONOLAMBDA_STORAGE: expected s3://bucket/prefix, in letters, digits and !-_.*'()")
    create = partial(create_client, **options)
    return S3Storage(match["bucket"], match["prefix"] or "", create_client=create, pooling=pooling)


def from_settings(settings: Settings) -> S3Storage:
    """Return the storage of the container's bucket; raise ConfigError."""
    return from_url(
        settings.storage,
        pooling=settings.pooling,
        pool_size=settings.pool_size,
        connect_s=settings.connect_s,
        read_s=settings.read_s,
    )


def bucket_origin(url: str, region: str) -> str:
    """Return the web origin of the bucket's presigned URLs, empty for a directory.

    S3's certificate does not cover bucket names with a dot, so such a bucket goes into the path.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return ""
    host = f"s3.{region}.{_domain(region)}"
    return f"https://{host}" if "." in match["bucket"] else f"https://{match['bucket']}.{host}"


def _domain(region: str) -> str:
    """Return the domain of the region's partition, as botocore's partitions.json has it."""
    for prefix, domain in _DOMAINS.items():
        if region.startswith(prefix):
            return domain
    return "amazonaws.com"


class S3Storage(Storage):
    """Objects below ``prefix`` of ``bucket``; ``create_client`` returns a new boto3 S3 client.

    Keys are listed ``page_size`` at a time, 1,000 at most. The client is built at first use.
    """

    kind = "s3"

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        create_client: CreateClient = create_client,
        pooling: Literal["shared", "per_request"] = "shared",
        page_size: int = 1000,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/".removeprefix("/")
        self._page_size = page_size
        self._clients = S3Clients(create_client, pooling=pooling)

    def put(self, key: str, data: bytes, *, media_type: str) -> None:
        with self._clients.client() as s3:
            s3.put_object(**self._params(key), Body=data, ContentType=media_type)

    def put_new(self, key: str, data: bytes, *, media_type: str) -> bool:
        with self._clients.client() as s3:
            return s3_conditional.put_new(s3, self._params(key), data, media_type)

    def compare_and_swap(self, key: str, old: bytes, new: bytes, *, media_type: str) -> bool:
        with self._clients.client() as s3:
            return s3_conditional.compare_and_swap(s3, self._params(key), old, new, media_type)

    def get(self, key: str) -> bytes | None:
        with self._clients.client() as s3:
            try:
                with s3.get_object(**self._params(key))["Body"] as body:
                    return bytes(body.read())
            except s3.exceptions.ClientError as exc:
                if error_code(exc) not in NOT_FOUND:
                    raise
        return None

    def stat(self, key: str) -> ObjectInfo | None:
        with self._clients.client() as s3:
            head = self._head(s3, key)
        if head is None:
            return None
        try:
            return ObjectInfo(head["ContentLength"], head["LastModified"].timestamp(), head["ETag"])
        except KeyError as exc:
            raise incomplete(exc) from exc

    def delete(self, key: str) -> bool:
        with self._clients.client() as s3:
            if self._head(s3, key) is None:
                return False
            s3.delete_object(**self._params(key))
        return True

    def delete_many(self, keys: Sequence[str]) -> int:
        with self._clients.client() as s3:
            named = [self._prefix + key for key in keys]
            return sum(self._delete(s3, named[at : at + _MOST_AT_ONCE]) for at in range(0, len(named), _MOST_AT_ONCE))

    def delete_prefix(self, prefix: str) -> int:
        with self._clients.client() as s3:
            return sum(self._delete(s3, [found["Key"] for found in page]) for page in self._list(s3, prefix))

    def keys(self, prefix: str) -> Iterator[str]:
        yield from (key for key, _ in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[tuple[str, ObjectInfo]]:
        with self._clients.client() as s3:
            for page in self._list(s3, prefix):
                yield from map(self._entry, page)

    def entries_after(self, key: str, prefix: str, limit: int) -> list[tuple[str, ObjectInfo]]:
        """As ``Storage`` says: S3 lists keys in order, and may return fewer of them at once than it was asked for."""
        found: list[tuple[str, ObjectInfo]] = []
        start = {"StartAfter": self._prefix + key} if key else {}
        with self._clients.client() as s3:
            for page in self._list(s3, prefix, limit=limit, **start):
                found += map(self._entry, page)
        return found

    def presigned_url(
        self,
        key: str,
        *,
        expires_s: int,
        method: Literal["GET", "HEAD"] = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        with self._clients.client() as s3:
            params = self._params(key)
            return s3_presign.presigned_url(s3, params, expires_s=expires_s, method=method, headers=headers or {})

    def presigned_post(self, key: str, *, media_type: str, size: int, expires_s: int) -> PresignedPost | None:
        with self._clients.client() as s3:
            params = self._params(key)
            return s3_presign.presigned_post(s3, params, media_type=media_type, size=size, expires_s=expires_s)

    def key_of(self, bucket: str, object_key: str) -> str | None:
        if bucket != self._bucket or not object_key.startswith(self._prefix):
            return None
        key = object_key.removeprefix(self._prefix)
        return None if _has_dot_segments(key) else key

    def probe(self) -> None:
        probe = self._params(keys.PROBE)
        with self._clients.client() as s3:
            s3.put_object(**probe, Body=b"")
            s3.delete_object(**probe)

    def warm(self) -> None:
        """Build the client, find credentials and open a connection."""
        with suppress(StorageUnavailable), self._clients.client() as s3:
            s3.head_bucket(Bucket=self._bucket)

    def close_idle(self) -> None:
        self._clients.close_idle()

    def stats(self) -> PoolStats:
        return self._clients.stats()

    def close(self) -> None:
        self._clients.close()

    def _params(self, key: str) -> dict[str, str]:
        if _has_dot_segments(key) or not key or key.startswith("/"):
            raise ValueError(f"not a storage key: {key!r}")
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    def _head(self, s3: Any, key: str) -> dict[str, Any] | None:
        try:
            return dict(s3.head_object(**self._params(key)))
        except s3.exceptions.ClientError as exc:
            if error_code(exc) == "400":
                # a response to HEAD has no body to say what is wrong: SSE-C, or a token that has expired
                s3.get_object(**self._params(key), Range="bytes=0-0")["Body"].close()
            if error_code(exc) not in NOT_FOUND:
                raise
        s3.head_bucket(Bucket=self._bucket)  # nor whether object or bucket is missing
        return None

    def _list(self, s3: Any, prefix: str, *, limit: int | None = None, **start: str) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of object records, ordered by the key's UTF-8 bytes, as Python orders strings."""
        size = self._page_size if limit is None else min(limit, self._page_size)
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=self._prefix + prefix,
            PaginationConfig={"PageSize": size, "MaxItems": limit},
            **start,
        )
        for page in pages:
            yield page.get("Contents", [])

    def _entry(self, found: dict[str, Any]) -> tuple[str, ObjectInfo]:
        info = ObjectInfo(found["Size"], found["LastModified"].timestamp(), found["ETag"])
        return found["Key"].removeprefix(self._prefix), info

    def _delete(self, s3: Any, names: list[str]) -> int:
        if names:
            response = s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
            )
            if errors := response.get("Errors"):
                raise StorageUnavailable(f"S3 did not delete {len(errors)} objects: {errors[0].get('Code')}")
        return len(names)


def _has_dot_segments(path: str) -> bool:
    """Return whether a part of the path is "." or "..", which HTTP clients would resolve (RFC 3986, 5.2.4)."""
    return bool({".", ".."} & set(path.split("/")))
