"""The S3 client of one container: built at first use, shared by its threads, its connections counted.

boto3 and its client add about 0.25 s to a cold start, so this module imports nothing of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats

CreateClient = Callable[[], Any]

ATTEMPTS: Final = 3
NOT_FOUND: Final = ("404", "NoSuchKey")  # for HEAD, whose response has no body, and for the rest

_REJECTED: Final = "S3 does not accept the AWS credentials"
_MESSAGES: Final = {  # by error code of S3, or by exception of botocore
    "ModuleNotFoundError": "boto3 is not installed: see requirements.txt",
    "NoCredentialsError": "no AWS credentials were found",
    "PartialCredentialsError": "the AWS credentials are incomplete",
    "CredentialRetrievalError": "the AWS credentials could not be fetched",
    "ConnectTimeoutError": "S3 did not answer in time",
    "ReadTimeoutError": "S3 did not answer in time",
    "EndpointConnectionError": "S3 cannot be reached",
    "ConnectionClosedError": "S3 closed the connection",
    "ProxyConnectionError": "the proxy on the way to S3 cannot be reached",
    "SSLError": "no secure connection to S3",
    "InvalidAccessKeyId": _REJECTED,
    "SignatureDoesNotMatch": _REJECTED,
    "InvalidToken": _REJECTED,
    "ExpiredToken": "the AWS credentials have expired",
    "RequestTimeTooSkewed": "this machine's clock is wrong by more than S3 allows",
    "AccessDenied": "S3 denied access: see the policy in docs/storage.md",
    "403": "S3 denied access: see the policy in docs/storage.md",
    "NoSuchBucket": "the S3 bucket does not exist",
    "404": "the S3 bucket does not exist",
    "PermanentRedirect": "the S3 bucket is in another region",
    "SlowDown": "S3 is throttling requests",
    "503": "S3 is throttling requests",
    "KeyTooLongError": "the key of the object is longer than the 1,024 bytes that S3 takes",
    "InvalidObjectState": "the object is archived: restore it first",
    "InvalidRequest": "S3 refuses to read the object: it may be encrypted with a customer-provided key (SSE-C)",
    "KMS.NotFoundException": "the object's KMS key does not exist: S3 cannot read what it encrypted",
    "KMS.DisabledException": "the object's KMS key is disabled: enable it first",
    "KMS.KMSInvalidStateException": "the object's KMS key cannot be used: it may be about to be deleted",
}
# S3 refuses this object, and trying again does not change that. KMSInvalidStateException is none of them: a key is also
# in such a state while it is being updated, or its key store is not connected.
_PERMANENT: Final = (
    *("KeyTooLongError", "InvalidObjectState", "InvalidRequest"),
    *("KMS.NotFoundException", "KMS.DisabledException"),
)


def create_client(
    *, pool_size: int = 10, connect_s: float = 3.0, read_s: float = 5.0, attempts: int = ATTEMPTS, session: Any = None
) -> Any:
    """Return a new boto3 S3 client of ``session``, else of a default boto3 session.

    Region, credentials and endpoint come from where every AWS tool finds them, AWS_ENDPOINT_URL_S3 included:
    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(
        signature_version="s3v4",  # URLs would be presigned with version 2, which new regions refuse
        connect_timeout=connect_s,
        read_timeout=read_s,
        max_pool_connections=max(1, pool_size),
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"us_east_1_regional_endpoint": "regional"},  # the host that links to every other region have
    )
    try:
        return (session or boto3.session.Session()).client("s3", config=config)
    except ValueError as exc:  # botocore raises it for an endpoint that is not a URL
        raise StorageUnavailable("no S3 client can be made with the AWS settings of the environment") from exc


class S3Clients:
    """Lends the one shared client, or with ``pooling="per_request"`` a new one for each call."""

    def __init__(self, create: CreateClient, *, pooling: Literal["shared", "per_request"]) -> None:
        self._create = create
        self._shared = pooling == "shared"
        self._client: Any = None
        self._closed = PoolStats(0, 0, 0, 0)
        self._lock = threading.Lock()

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Lend a client for the block; raise StorageUnavailable for what boto3 raises in it."""
        with map_exceptions():
            client = self._shared_client() if self._shared else self._create()
            try:
                yield client
            finally:
                if not self._shared:
                    self._close(client)

    def stats(self) -> PoolStats:
        """Return the connection counters of all clients so far."""
        with self._lock:
            return _sum(self._closed, pool_stats(self._client))

    def close_idle(self) -> None:
        """Close idle connections and keep the client, which takes far longer to build than to connect."""
        with self._lock:
            client = self._client
        if client is not None:
            self._close(client)

    def close(self) -> None:
        """Close idle connections and drop the client; the next call builds a new one."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            self._close(client)

    def _shared_client(self) -> Any:
        with self._lock:  # a boto3 session is not safe for building two clients at once
            if self._client is None:
                self._client = self._create()
            return self._client

    def _close(self, client: Any) -> None:
        stats = pool_stats(client)
        client.close()
        with self._lock:
            self._closed = _sum(self._closed, PoolStats(stats.opened, stats.reused, 0, stats.requests))


@contextmanager
def map_exceptions() -> Iterator[None]:
    """Turn what boto3 raises into StorageUnavailable, with a message that names the cause and no secret."""
    try:
        yield
    except Exception as exc:
        if not _is_from_boto3(exc):
            raise
        code = error_code(exc) or type(exc).__name__
        unavailable = StorageUnavailable(_MESSAGES.get(code, f"S3 failed: {code}"))
        unavailable.may_pass = code not in _PERMANENT
        raise unavailable from exc


def error_code(exc: Exception) -> str:
    """Return S3's error code, empty for any other error."""
    response: Any = getattr(exc, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def incomplete(missing: KeyError) -> StorageUnavailable:
    """Return the error for a success that lacks a header: a proxy or another S3 server on the way is broken."""
    return StorageUnavailable(f"S3 sent an answer without {missing}")


def _is_from_boto3(exc: Exception) -> bool:
    if isinstance(exc, ImportError):
        return exc.name == "boto3"
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
    from urllib3.exceptions import HTTPError

    return isinstance(exc, (BotoCoreError, ClientError, HTTPError))


def pool_stats(client: Any) -> PoolStats:
    """Return the connection counters of one client; zeros where botocore keeps its pools elsewhere.

    A connection that S3 closed and that was opened again counts once, as in urllib3.
    """
    http = getattr(getattr(client, "_endpoint", None), "http_session", None)
    managers = [getattr(http, "_manager", None), *getattr(http, "_proxy_managers", {}).values()]
    pools = [pool for manager in managers for pool in _pools(manager)]
    opened = sum(getattr(pool, "num_connections", 0) for pool in pools)
    requests = sum(getattr(pool, "num_requests", 0) for pool in pools)
    return PoolStats(opened, max(0, requests - opened), sum(map(_idle, pools)), requests)


def _pools(manager: Any) -> list[Any]:
    container = getattr(manager, "pools", None)
    return [pool for key in container.keys() if (pool := container.get(key))] if container else []  # noqa: SIM118


def _idle(pool: Any) -> int:
    waiting = list(getattr(getattr(pool, "pool", None), "queue", ()))
    return sum(connection is not None and getattr(connection, "sock", None) is not None for connection in waiting)


def _sum(one: PoolStats, other: PoolStats) -> PoolStats:
    return PoolStats(
        one.opened + other.opened,
        one.reused + other.reused,
        one.idle + other.idle,
        one.requests + other.requests,
    )
