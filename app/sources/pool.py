"""Connections that dial checked addresses only, kept per host and counted: urllib3's, with our dialling.

Imports urllib3 and ssl, so it is imported late; ``session`` is its only user.
"""

from __future__ import annotations

import ssl
import weakref
from functools import cached_property
from queue import Empty
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from app.errors import SourceFailed
from app.sources.connection_context import ConnectionContext
from app.sources.dial import DeadlineSocket, dial


class Connection(HTTPConnection):
    """One connection, which knows whether its requests found it open."""

    def __init__(self, *args: Any, wire: ConnectionContext, **kwargs: Any) -> None:
        self.wire = wire
        self.used = False
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> DeadlineSocket:
        sock = dial(self._dns_host, self.port, self.wire)
        self.wire.count(opened=1)
        return sock

    def connect(self) -> None:
        """Connect and shake hands; raise what ``dial`` raises, SourceFailed when TLS fails."""
        self.used = False
        try:
            super().connect()
        except TimeoutError:
            raise self.wire.trips.current.timed_out("the source did not finish its TLS handshake in time") from None
        except OSError as exc:
            raise SourceFailed(f"no secure connection to the source: {_reason(exc)}") from exc

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, and note whether the connection was open already."""
        if self.sock is None:
            self.connect()
        self.wire.trips.current.reused = self.used
        self.wire.count(requests=1, reused=int(self.used))
        self.used = True
        super().request(*args, **kwargs)


class PatientTLSSocket(DeadlineSocket, ssl.SSLSocket):
    """The same patience over TLS."""


class SecureConnection(Connection, HTTPSConnection):
    """The same over TLS; the certificate must fit the name in the url, whatever address was dialled."""

    def connect(self) -> None:
        """Connect as Connection does."""
        super().connect()
        if isinstance(self.sock, PatientTLSSocket):  # a socket wrapped in TLS is a new object
            self.sock.trips = self.wire.trips


class Pool(HTTPConnectionPool):
    """The connections to one host."""

    ConnectionCls = Connection

    def idle(self) -> int:
        """Return how many open connections wait for a request."""
        waiting = list(self.pool.queue) if self.pool else []
        return sum(connection is not None and not connection.is_closed for connection in waiting)

    def close_idle(self) -> None:
        """Close what waits, so that the next request opens a connection."""
        while self.pool:
            try:
                connection = self.pool.get_nowait()
            except Empty:
                return
            if connection is not None:
                connection.close()


class SecurePool(Pool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = SecureConnection


class Pools(PoolManager):
    """The pools of all hosts, the least recently used dropped; ``ca_file`` replaces the public authorities."""

    def __init__(self, wire: ConnectionContext, *, hosts: int, size: int, ca_file: str) -> None:
        super().__init__(num_pools=hosts, maxsize=size, block=False)
        self.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
        self._wire = wire
        self._ca_file = ca_file
        self._known: weakref.WeakSet[Pool] = weakref.WeakSet()

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Return the one TLS context: reading the authorities takes longer than a handshake."""
        context = create_urllib3_context()
        context.load_verify_locations(self._ca_file)
        context.sslsocket_class = PatientTLSSocket
        return context

    def idle(self) -> int:
        """Return how many open connections wait for a request, over all hosts."""
        return sum(pool.idle() for pool in self._all())

    def clear(self) -> None:
        """Close every waiting connection now; those in use close when their request ends."""
        for pool in self._all():
            pool.close()
        super().clear()

    def _all(self) -> list[Pool]:
        with self.pools.lock:
            return list(self._known)

    def _new_pool(self, scheme: str, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, *args, **kwargs)  # called with the lock of self.pools held
        # not among the pools' keywords, which are part of a key made of fixed fields
        pool.conn_kw["wire"] = self._wire
        if isinstance(pool, SecurePool):
            pool.conn_kw["ssl_context"] = self.tls
        if isinstance(pool, Pool):
            self._known.add(pool)
        return pool


def _reason(exc: OSError) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    return "the TLS handshake failed" if isinstance(exc, ssl.SSLError) else "the connection broke"
