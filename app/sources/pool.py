"""urllib3's connection pools, except that connections go to checked addresses only, keep deadlines and are counted.

Imports urllib3 and ssl, so only ``session`` imports it, at the first fetch.
"""

from __future__ import annotations

import ssl
import weakref
from functools import cached_property
from http.client import HTTPResponse
from queue import Empty
from typing import Any, Final, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from app.core.errors import SourceFailed
from app.sources.connection_context import ConnectionContext
from app.sources.tcp import DeadlineSocket, connect_tcp

# a server announces what to preload once or twice; one that never stops is not to be read for ever
_MAX_INTERIM: Final = 16


class FinalResponse(HTTPResponse):
    """A response after the interim ones, such as 103 Early Hints (RFC 9110, 15.2); http.client skips 100 only."""

    def begin(self) -> None:
        """Read status line and headers; raise what http.client raises."""
        super().begin()
        for _ in range(_MAX_INTERIM):
            if not 102 <= self.status < 200:  # 101 would be the last line of HTTP
                return
            self.headers = None  # type: ignore[assignment]  # which lets begin() read once more
            super().begin()


class GuardedHTTPConnection(HTTPConnection):
    """A connection to a checked address, which knows whether it was used before."""

    response_class = FinalResponse

    def __init__(self, *args: Any, context: ConnectionContext, **kwargs: Any) -> None:
        self.context = context
        self.used = False
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> DeadlineSocket:
        sock = connect_tcp(self._dns_host, self.port, self.context)
        self.context.count(opened=1)
        return sock

    def connect(self) -> None:
        """Connect, with TLS where it is used; raise what ``connect_tcp`` raises, SourceFailed when TLS fails."""
        self.used = False
        try:
            super().connect()
        except TimeoutError:
            message = "the source did not finish its TLS handshake in time"
            raise self.context.current.deadline.timeout_error(message) from None
        except OSError as exc:
            raise SourceFailed(f"no secure connection to the source: {_tls_problem(exc)}") from exc

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, and note whether the connection was already open."""
        if self.sock is None:
            self.connect()
        self.context.current.reused_connection = self.used
        self.context.count(requests=1, reused=int(self.used))
        self.used = True
        super().request(*args, **kwargs)


class DeadlineTLSSocket(DeadlineSocket, ssl.SSLSocket):
    """A TLS socket whose every read is bounded by the time left to its fetch."""


class GuardedHTTPSConnection(GuardedHTTPConnection, HTTPSConnection):
    """The same over TLS; the certificate must match the host in the URL, whatever address was connected to."""

    def connect(self) -> None:
        """Connect as GuardedHTTPConnection does."""
        super().connect()
        # TLS wraps the connected socket in a new object
        cast(DeadlineTLSSocket, self.sock).current = self.context.current


class GuardedHTTPPool(HTTPConnectionPool):
    """The connections to one host."""

    ConnectionCls = GuardedHTTPConnection

    def idle(self) -> int:
        """Return how many open connections wait for a request."""
        waiting = list(self.pool.queue) if self.pool else []
        return sum(connection is not None and not connection.is_closed for connection in waiting)

    def close_idle(self) -> None:
        """Close the connections that wait for a request, so that the next one opens its own."""
        while self.pool:
            try:
                connection = self.pool.get_nowait()
            except Empty:
                return
            if connection is not None:
                connection.close()


class GuardedHTTPSPool(GuardedHTTPPool, HTTPSConnectionPool):
    """The TLS connections to one host."""

    ConnectionCls = GuardedHTTPSConnection


class GuardedPoolManager(PoolManager):
    """The pools of all hosts, the least recently used dropped; ``ca_file`` replaces the public authorities."""

    def __init__(self, context: ConnectionContext, *, hosts: int, size: int, ca_file: str) -> None:
        super().__init__(num_pools=hosts, maxsize=size, block=False)
        self.pool_classes_by_scheme = {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}
        self._context = context
        self._ca_file = ca_file
        self._all_pools: weakref.WeakSet[GuardedHTTPPool] = weakref.WeakSet()

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """Return the one TLS context: loading the authorities takes longer than a handshake."""
        context = create_urllib3_context()
        context.load_verify_locations(self._ca_file)
        context.sslsocket_class = DeadlineTLSSocket
        return context

    def idle(self) -> int:
        """Return how many open connections wait for a request, over all hosts."""
        return sum(pool.idle() for pool in self._live_pools())

    def clear(self) -> None:
        """Close every idle connection now; those in use close when their request ends."""
        for pool in self._live_pools():
            pool.close()
        super().clear()

    def _live_pools(self) -> list[GuardedHTTPPool]:
        with self.pools.lock:
            return list(self._all_pools)

    def _new_pool(self, scheme: str, *args: Any, **kwargs: Any) -> GuardedHTTPPool:
        # called with the lock of self.pools held
        pool = cast(GuardedHTTPPool, super()._new_pool(scheme, *args, **kwargs))
        # set here, because a pool's keyword arguments become its key, which has fixed fields
        pool.conn_kw["context"] = self._context
        if isinstance(pool, GuardedHTTPSPool):
            pool.conn_kw["ssl_context"] = self.ssl_context
        self._all_pools.add(pool)
        return pool


def _tls_problem(exc: OSError) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    return "the TLS handshake failed" if isinstance(exc, ssl.SSLError) else "the connection broke"
