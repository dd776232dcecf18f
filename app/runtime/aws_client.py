"""One boto3 client, built on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.core.errors import StorageUnavailable

_AWS_PACKAGES = ("botocore", "boto3", "urllib3")


class AwsClient:
    """A boto3 client of one service. Threads share it; boto3 is imported when it is first called."""

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
            if type(exc).__module__.partition(".")[0] not in _AWS_PACKAGES:
                raise
            raise StorageUnavailable(f"{failure}: {type(exc).__name__}") from exc

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                import boto3  # type: ignore[import-untyped]
                from botocore.config import Config  # type: ignore[import-untyped]

                session = self._session or boto3.session.Session()
                config = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"})
                self._client = session.client(self._service, config=config)
            return self._client
