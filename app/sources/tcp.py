"""TCP connections to a host by name, and only to addresses that were checked.

The name is resolved once, and the addresses it gives are both checked and connected to: a name that
resolves differently the next time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

from app.core.deadline import Deadline
from app.core.errors import ServiceError, SourceFailed, SourceNotFound
from app.sources.connection_context import AddressInfo, ConnectionContext, CurrentFetch, Resolver
from app.sources.fetch_deadline import FetchDeadline
from app.sources.guard import check_address


class DeadlineSocket(socket.socket):
    """A socket whose every read is bounded by the time left to its fetch.

    A timeout that is set once starts anew with every byte, so a source that drips could hold us forever.
    """

    current: CurrentFetch

    def recv_into(self, *args: Any) -> int:
        """Read as ``socket.recv_into``; raise SourceTimeout or DeadlineExceeded."""
        deadline = self.current.deadline
        read_s = deadline.limits.read_s
        self.settimeout(deadline.timeout(read_s))
        try:
            return super().recv_into(*args)
        except TimeoutError:
            raise deadline.timeout_error(f"the source sent nothing for {read_s:g} seconds") from None


def connect_tcp(host: str, port: int, context: ConnectionContext) -> DeadlineSocket:
    """Return a connected socket whose timeout is what is left of the time to connect.

    Raises SourceNotFound when the name does not resolve, SourceBlocked when any of its addresses is
    neither public nor within ``context.networks``, SourceTimeout or DeadlineExceeded, SourceFailed otherwise.
    """
    fetch = context.current.deadline
    connect = fetch.start_connect()
    addresses = _resolve(host, port, context.resolve, connect, fetch)
    for info in addresses:
        check_address(info[4][0], context.networks)
    sock = _connect_any(addresses, connect, fetch)
    try:
        # the system may connect to another address than it was given: 0.0.0.0 leads to loopback
        check_address(sock.getpeername()[0], context.networks)
        sock.settimeout(max(0.001, connect.remaining()))
        sock.current = context.current
    except BaseException:
        sock.close()
        raise
    return sock


def _resolve(host: str, port: int, resolve: Resolver, connect: Deadline, fetch: FetchDeadline) -> Sequence[AddressInfo]:
    """Resolve the name in a thread of its own: getaddrinfo cannot be interrupted."""
    results: SimpleQueue[Sequence[AddressInfo] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            results.put(resolve(host, port, type=socket.SOCK_STREAM))
        except Exception as exc:  # raised again by the thread that waits
            results.put(exc)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        result = results.get(timeout=connect.remaining())
    except Empty:
        raise fetch.timeout_error("the name of the source was not resolved in time") from None
    if isinstance(result, OSError | UnicodeError) or not result:
        raise SourceNotFound("the name of the source does not resolve")
    if isinstance(result, Exception):
        raise result
    return result


def _connect_any(addresses: Sequence[AddressInfo], connect: Deadline, fetch: FetchDeadline) -> DeadlineSocket:
    """Return a socket to the first address that accepts; each gets an equal share of the time left."""
    error: ServiceError = SourceFailed("the source cannot be reached")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        share = connect.remaining() / (len(addresses) - tried)
        try:
            return _connect(DeadlineSocket(family, kind, protocol), address, share)
        except TimeoutError:
            error = fetch.timeout_error("the source did not accept a connection in time")
        except ConnectionRefusedError:
            error = SourceFailed("the source refuses connections")
        except OSError:
            continue  # most often an IPv6 address on a machine without IPv6
    raise error


def _connect(sock: DeadlineSocket, address: Any, seconds: float) -> DeadlineSocket:
    try:
        sock.settimeout(max(0.001, seconds))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
