"""Fetch the bytes a url leads to, within limits, over connections that are kept.

requests and urllib3 are imported at the first fetch, not with this module.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

import msgspec

from app.config import ConfigError, Limits
from app.deadline import Deadline
from app.errors import InvalidParameter, SourceBlocked, SourceFailed, SourceNotFound
from app.runtime.pool_stats import PoolStats
from app.sources.addresses import parse_networks
from app.sources.connection_context import ConnectionContext, Resolver
from app.sources.fetch_deadline import FetchDeadline
from app.sources.guard import SourceUrl, check_url

if TYPE_CHECKING:
    from app.sources.answer import Answer
    from app.sources.session import Session

USER_AGENT = "Monolambda (image resizing service)"
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)


class Fetched(msgspec.Struct, frozen=True):
    """What came of a fetch; ``body`` is None when the source says that nothing changed (304).

    ``url`` is the last one asked, in canonical form; the validators are the source's own words.
    """

    body: bytes | None
    etag: str
    last_modified: str
    url: str


def _permit_all(url: str) -> None:
    """Permit every url that the guard permits."""


class Fetcher:
    """The way to url sources of one container; several threads may fetch at once.

    ``networks`` are CIDR ranges that sources may live in besides the public internet. With
    ``pooling="per_request"``, or a ``pool_size`` of 0, nothing is kept between fetches. ``resolve``
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
        self._keeps = pooling == "shared" and pool_size > 0
        self._pool_size = max(1, pool_size)
        self._user_agent = user_agent
        self._ca_file = ca_file
        self._wire = ConnectionContext(networks, resolve)
        self._session: Session | None = None
        self._lock = threading.Lock()

    def fetch(
        self,
        url: str,
        deadline: Deadline,
        *,
        etag: str = "",
        last_modified: str = "",
        permit: Callable[[str], None] = _permit_all,
    ) -> Fetched:
        """Return what the url leads to, following up to ``max_redirects`` redirects.

        ``permit`` is called with each url on the way, the first too, and raises to refuse it. From
        https a redirect to http is followed, as curl and requests do: no secret travels with the request.
        Raises InvalidParameter, SourceBlocked, SourceNotFound (also for a name that does not
        resolve), SourceTooLarge, SourceFailed, SourceTimeout, DeadlineExceeded.
        """
        here = check_url(url)
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        asked = {name: value for name, value in conditions.items() if value}
        with self._wire.trips.under_way(FetchDeadline(self._limits, deadline)), self._opened() as session:
            for _ in range(self._limits.max_redirects + 1):
                permit(here.url)
                with session.ask(here, asked) as answer:
                    if answer.status not in REDIRECTS:
                        return self._received(answer, here, asked)
                    here = _next(answer, here)
        raise SourceFailed(f"the source redirects more than {self._limits.max_redirects} times")

    def stats(self) -> PoolStats:
        """Return the counters."""
        counts = self._wire.counts()
        session = self._session
        idle = session.adapter.poolmanager.idle() if session else 0
        return PoolStats(counts["opened"], counts["reused"], idle, counts["requests"])

    def warm(self) -> None:
        """Import what the first fetch would import, and build the session and its TLS context."""
        with self._opened() as session:
            session.adapter.poolmanager.tls  # noqa: B018  # reading it builds it

    def disconnect(self) -> None:
        """Close every connection that waits, and keep the session and its TLS context, which take longer to build."""
        session = self._session
        if session:
            session.close()  # requests closes pools with this; they open again at the next request

    def close(self) -> None:
        """Close every kept connection; a later fetch opens new ones."""
        with self._lock:
            session, self._session = self._session, None
        if session:
            session.close()

    @contextmanager
    def _opened(self) -> Iterator[Session]:
        if self._keeps:
            yield self._shared()
            return
        session = self._build()
        try:
            yield session
        finally:
            session.close()

    def _shared(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = self._build()
            return self._session

    def _build(self) -> Session:
        from app.sources.session import Session

        headers = {
            "User-Agent": self._user_agent,
            "Accept": "image/*,*/*;q=0.8",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive" if self._keeps else "close",
        }
        return Session(self._wire, size=self._pool_size, ca_file=self._ca_file, headers=headers)

    def _received(self, answer: Answer, here: SourceUrl, asked: Mapping[str, str]) -> Fetched:
        """Return what the last answer holds; raise what its status means."""
        if answer.status == 200:
            body: bytes | None = answer.body(self._limits.max_source_bytes)
        else:
            answer.skip()
            body = None
            if answer.status in GONE:
                raise SourceNotFound(f"the source answered {answer.status}")
            if answer.status != 304 or not asked:
                raise SourceFailed(f"the source answered {answer.status}")
        return Fetched(body, answer.header("etag"), answer.header("last-modified"), here.url)


def _next(answer: Answer, here: SourceUrl) -> SourceUrl:
    """Return where the redirect leads; raise SourceFailed without a target, SourceBlocked for one not to be asked."""
    answer.skip()
    location = answer.location()
    if not location:
        raise SourceFailed(f"the source answered {answer.status} without a Location")
    try:
        return check_url(urljoin(here.url, location))
    except (InvalidParameter, ValueError) as exc:  # urljoin refuses some brackets
        raise SourceBlocked("the source redirects to something that is no plain http or https url") from exc


def _require_networks(networks: tuple[str, ...]) -> None:
    try:
        parse_networks(networks)
    except ValueError as exc:
        raise ConfigError(f"source_networks: {exc}") from exc
