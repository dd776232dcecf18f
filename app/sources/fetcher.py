"""Fetches the bytes a URL leads to, within limits, over pooled connections.

requests and urllib3 are imported at the first fetch, not with this module.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

import msgspec

from app.core.config import ConfigError, Limits
from app.core.deadline import Deadline
from app.core.errors import InvalidParameter, SourceBlocked, SourceFailed, SourceNotFound
from app.runtime.pool_stats import PoolStats
from app.sources.addresses import parse_networks
from app.sources.connection_context import ConnectionContext, Resolver
from app.sources.fetch_deadline import FetchDeadline
from app.sources.guard import Url, check_url

if TYPE_CHECKING:
    from app.sources.response import Inspect, SourceResponse
    from app.sources.session import SourceSession

USER_AGENT = "Monolambda (image resizing service)"
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
# 203 is a 200 that a proxy on the way has changed (RFC 9110, 15.3.4)
COMPLETE = (200, 203)


class FetchResult(msgspec.Struct, frozen=True):
    """The outcome of a fetch: ``body``, None when nothing changed (304), and the validators as the source sent them."""

    body: bytes | None
    etag: str
    last_modified: str


class Fetcher:
    """Fetches URL sources for one container; several threads may fetch at once.

    ``networks`` are CIDR ranges that sources may live in besides the public internet. With
    ``pooling="per_request"``, or a ``pool_size`` of 0, no connection is kept between fetches. ``resolve``
    stands in for ``socket.getaddrinfo``, ``ca_file`` (PEM) for the public certificate authorities.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        networks: tuple[str, ...] = (),
        pooling: Literal["shared", "per_request"] = "shared",
        pool_size: int = 10,
        user_agent: str = USER_AGENT,
        resolve: Resolver = socket.getaddrinfo,
        ca_file: str = "",
    ) -> None:
        _require_networks(networks)
        self._limits = limits
        self._keep_alive = pooling == "shared" and pool_size > 0
        self._pool_size = max(1, pool_size)
        self._user_agent = user_agent
        self._ca_file = ca_file
        self._context = ConnectionContext(networks, resolve)
        self._session: SourceSession | None = None
        self._lock = threading.Lock()

    def fetch(
        self,
        url: str,
        deadline: Deadline,
        *,
        validated: str = "",
        etag: str = "",
        last_modified: str = "",
        authorize: Callable[[str], None] = lambda url: None,
        inspect: Inspect = lambda head: None,
    ) -> FetchResult:
        """Return the bytes behind the URL, following up to ``max_redirects`` redirects.

        ``etag`` and ``last_modified`` are sent to the URL ``validated`` alone, which gave them: they say nothing of
        the versions of another.
        ``authorize`` is called with each URL before it is requested, the first one too, and raises to refuse it.
        ``inspect`` is called with the first kilobytes of a long body, and raises to refuse the rest; it returns
        whether it wants to see more.
        A redirect from https to http is followed, as curl and requests do: the request carries no secret.
        Raises InvalidParameter, SourceBlocked, SourceNotFound (also for a name that does not
        resolve), SourceTooLarge, SourceFailed, SourceTimeout, DeadlineExceeded.
        """
        target = check_url(url)
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in validators.items() if value}
        with self._context.current.running(FetchDeadline(self._limits, deadline)), self._lend_session() as session:
            for _ in range(self._limits.max_redirects + 1):
                authorize(target.url)
                headers = conditions if target.url == validated else {}
                with session.open(target, headers) as response:
                    if response.status not in REDIRECTS:
                        return self._result(response, inspect, conditional=bool(headers))
                    target = _redirect_target(response, target)
        raise SourceFailed(f"the source redirects more than {self._limits.max_redirects} times")

    def stats(self) -> PoolStats:
        """Return the connection counters."""
        counts = self._context.counts()
        session = self._session
        idle = session.adapter.poolmanager.idle() if session else 0
        return PoolStats(counts["opened"], counts["reused"], idle, counts["requests"])

    def warm(self) -> None:
        """Import what the first fetch would import, and build the session and its TLS context."""
        with self._lend_session() as session:
            session.adapter.poolmanager.ssl_context  # noqa: B018  # reading it builds it

    def close_idle(self) -> None:
        """Close every idle connection; keep the session and its TLS context, which take longer to build."""
        session = self._session
        if session:
            session.close()  # requests only closes the pools; they open again at the next request

    def close(self) -> None:
        """Close every kept connection; a later fetch opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session:
            session.close()

    @contextmanager
    def _lend_session(self) -> Iterator[SourceSession]:
        if self._keep_alive:
            yield self._shared_session()
            return
        session = self._build_session()
        try:
            yield session
        finally:
            session.close()

    def _shared_session(self) -> SourceSession:
        with self._lock:
            if self._session is None:
                self._session = self._build_session()
            return self._session

    def _build_session(self) -> SourceSession:
        from app.sources.session import SourceSession

        headers = {
            "User-Agent": self._user_agent,
            "Accept": "image/*,*/*;q=0.8",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive" if self._keep_alive else "close",
        }
        return SourceSession(self._context, size=self._pool_size, ca_file=self._ca_file, headers=headers)

    def _result(self, response: SourceResponse, inspect: Inspect, *, conditional: bool) -> FetchResult:
        """Return the content of the final response; raise the error that its status means."""
        if response.status in COMPLETE:
            body: bytes | None = response.read(self._limits.max_source_bytes, inspect)
        else:
            response.drain()
            body = None
            if response.status in GONE:
                raise SourceNotFound(f"the source answered {response.status}")
            if response.status != 304 or not conditional:
                raise SourceFailed(f"the source answered {response.status}")
        return FetchResult(body, response.header("etag"), response.header("last-modified"))


def _redirect_target(response: SourceResponse, url: Url) -> Url:
    """Return where the redirect leads; raise SourceFailed without a Location, SourceBlocked for a refused one."""
    response.drain()
    location = response.location()
    if not location:
        raise SourceFailed(f"the source answered {response.status} without a Location")
    try:
        return check_url(urljoin(url.url, location))
    except (InvalidParameter, ValueError) as exc:  # urljoin raises ValueError for some brackets
        raise SourceBlocked("the source redirects to something that is not a plain http or https url") from exc


def _require_networks(networks: tuple[str, ...]) -> None:
    try:
        parse_networks(networks)
    except ValueError as exc:
        raise ConfigError(f"MONOLAMBDA_SOURCE_NETWORKS: {exc}") from exc
