"""Clients of AWS, built on first use.

They are botocore's. Those of boto3 are the same, and to import boto3 as well takes a tenth more of a cold start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from app.core.errors import StorageUnavailable

AWS_PACKAGES: Final = ("botocore", "boto3", "urllib3")


def new_client(service: str, session: Any = None, **settings: Any) -> Any:
    """Return a client of one service, made by ``session``, a boto3 session, or by a new one of botocore.

    ``settings`` go to botocore's Config. Region, credentials and endpoint come from where every AWS tool finds them:
    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.session import Session  # type: ignore[import-untyped]

    create = session.client if session else Session().create_client
    return create(service, config=Config(**settings))


class AwsClient:
    """A client of one service. Threads share it; botocore is imported when it is first called."""

    def __init__(self, service: str, session: Any = None) -> None:
        self._service = service
        self._session = session
        self._client: Any = None
        self._lock = threading.Lock()

    def call(self, use: Callable[[Any], Any], failure: str) -> None:
        """Run ``use`` with the client; raise StorageUnavailable, starting with ``failure``, for any error of AWS."""
        try:
            use(self._connected())
        except Exception as exc:
            # botocore makes the classes of its client errors at run time, so none can be named here
            if type(exc).__module__.partition(".")[0] not in AWS_PACKAGES:
                raise
            raise StorageUnavailable(f"{failure}: {type(exc).__name__}") from exc

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                settings = {"connect_timeout": 3, "read_timeout": 5, "retries": {"mode": "standard"}}
                self._client = new_client(self._service, self._session, **settings)
            return self._client
