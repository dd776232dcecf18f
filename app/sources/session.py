"""A requests session that asks one url at a time: no redirects, no cookies, no settings of the environment.

Imports requests, which costs a cold start about 0.15 s: import it when the first url is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter

from app.sources.answer import Answer, translated
from app.sources.connection_context import ConnectionContext
from app.sources.guard import SourceUrl
from app.sources.pool import Pool, Pools

HOSTS = 16  # whose connections are kept; ten each is far from Lambda's 1,024 file descriptors


class Adapter(HTTPAdapter):
    """Requests' way to urllib3, leading to our pools."""

    poolmanager: Pools

    def __init__(self, wire: ConnectionContext, *, size: int, ca_file: str) -> None:
        self._wire = wire
        self._ca_file = ca_file or certifi.where()
        super().__init__(pool_connections=HOSTS, pool_maxsize=size)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Build the pools."""
        self.poolmanager = Pools(self._wire, hosts=connections, size=maxsize, ca_file=self._ca_file)

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return scheme, host and port only: TLS is settled by the pools, the same for all."""
        host, _ = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the pool's TLS as it is; the pools' one context always verifies."""


class Session(requests.Session):
    """The session of one Remote, or of one fetch."""

    def __init__(self, wire: ConnectionContext, *, size: int, ca_file: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.wire = wire
        self.trust_env = False  # proxies would be connected to in place of the checked address; netrc is ours
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one user's must not reach the next
        self.headers.clear()
        self.headers.update(headers)
        self.adapter = Adapter(wire, size=size, ca_file=ca_file)
        self.mount("https://", self.adapter)
        self.mount("http://", self.adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nothing: requests would read the whole body of a redirect, however long, to prepare the next."""

    def ask(self, url: SourceUrl, headers: Mapping[str, str]) -> Answer:
        """Return the answer with its body unread; raise SourceFailed, or what ``dial`` and reading raise.

        A connection that was open already may have been closed by the other side, which shows only
        when it is used; then the request is sent once more, on a new connection.
        """
        with translated("the source gave no valid HTTP answer"):
            try:
                return self._ask_once(url, headers)
            except requests.ConnectionError:
                if not self.wire.trips.current.reused:
                    raise
            self._close_idle(url)
            return self._ask_once(url, headers)

    def _ask_once(self, url: SourceUrl, headers: Mapping[str, str]) -> Answer:
        trip = self.wire.trips.current
        timeout = (trip.wait(trip.limits.connect_s), trip.wait(trip.limits.read_s))
        response = self.get(url.url, headers=dict(headers), timeout=timeout, stream=True, allow_redirects=False)
        return Answer(response)

    def _close_idle(self, url: SourceUrl) -> None:
        """Close the host's other waiting connections too: what ended one has likely ended all."""
        pool = self.adapter.poolmanager.connection_from_host(url.host, url.port, url.scheme)
        if isinstance(pool, Pool):
            pool.close_idle()
