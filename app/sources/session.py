"""A requests session that fetches one URL at a time: no redirects, no cookies, nothing from the environment.

Imports requests, which adds about 0.15 s to a cold start, so ``fetcher`` imports it at the first fetch.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import certifi
import requests
from requests.adapters import HTTPAdapter

from app.sources.connection_context import ConnectionContext
from app.sources.guard import Url
from app.sources.pool import GuardedHTTPPool, GuardedPoolManager
from app.sources.response import SourceResponse, map_exceptions

HOSTS = 16  # whose connections are kept; with ten each, far from Lambda's 1,024 file descriptors


class SourceAdapter(HTTPAdapter):
    """requests' transport adapter, over our pools."""

    poolmanager: GuardedPoolManager

    def __init__(self, context: ConnectionContext, *, size: int, ca_file: str) -> None:
        self._context = context
        self._ca_file = ca_file or certifi.where()
        super().__init__(pool_connections=HOSTS, pool_maxsize=size)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Build the pools."""
        self.poolmanager = GuardedPoolManager(self._context, hosts=connections, size=maxsize, ca_file=self._ca_file)

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return scheme, host and port only: the pool manager sets up TLS, the same for every host."""
        host, _ = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the pool manager's TLS context always verifies."""


class SourceSession(requests.Session):
    """The session of one Fetcher, or of one fetch."""

    def __init__(self, context: ConnectionContext, *, size: int, ca_file: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.context = context
        # a proxy would be connected to in place of the checked address, and .netrc holds our own passwords
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one user's must not reach the next
        self.headers.clear()
        self.headers.update(headers)
        self.adapter = SourceAdapter(context, size=size, ca_file=ca_file)
        self.mount("https://", self.adapter)
        self.mount("http://", self.adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests would read the whole body of a redirect, however long, to prepare the next request."""

    def open(self, url: Url, headers: Mapping[str, str]) -> SourceResponse:
        """Return the response with its body unread; raise SourceFailed, or what connecting and reading raise.

        A kept connection may have been closed by the other side, which shows only when it is used;
        then the request is sent once more, on a new connection.
        """
        with map_exceptions("the source gave no valid HTTP answer"):
            try:
                return self._open_once(url, headers)
            except requests.ConnectionError:
                if not self.context.current.reused_connection:
                    raise
            self._close_idle(url)
            return self._open_once(url, headers)

    def _open_once(self, url: Url, headers: Mapping[str, str]) -> SourceResponse:
        deadline = self.context.current.deadline
        timeout = (deadline.timeout(deadline.limits.connect_s), deadline.timeout(deadline.limits.read_s))
        response = self.get(url.url, headers=dict(headers), timeout=timeout, stream=True, allow_redirects=False)
        return SourceResponse(response)

    def _close_idle(self, url: Url) -> None:
        """Close the host's other idle connections too: whatever closed one has most likely closed all."""
        pool = self.adapter.poolmanager.connection_from_host(url.host, url.port, url.scheme)
        cast(GuardedHTTPPool, pool).close_idle()
