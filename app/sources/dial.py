"""Connect to a host by name, and only to addresses that were checked.

The name is resolved once and the answer is both checked and connected to, so a name that resolves
differently the next time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

from app.deadline import Deadline
from app.errors import ServiceError, SourceFailed, SourceNotFound
from app.sources.connection_context import Candidate, ConnectionContext, Resolver
from app.sources.fetch_deadline import FetchDeadline, Trips
from app.sources.guard import check_address


class DeadlineSocket(socket.socket):
    """A socket that waits for each read no longer than its fetch can.

    A timeout set once starts anew with every byte, so a source that drips would hold us for ever.
    """

    trips: Trips

    def recv_into(self, *args: Any) -> int:
        """Read as ``socket.recv_into``; raise SourceTimeout or DeadlineExceeded."""
        trip = self.trips.current
        self.settimeout(trip.wait(trip.limits.read_s))
        try:
            return super().recv_into(*args)
        except TimeoutError:
            raise trip.timed_out(f"the source sent nothing for {trip.limits.read_s:g} seconds") from None


def dial(host: str, port: int, wire: ConnectionContext) -> DeadlineSocket:
    """Return a connected socket; its timeout is what is left of the time to connect.

    Raises SourceNotFound when the name does not resolve, SourceBlocked when any of its addresses is
    neither public nor within the wire's networks, SourceTimeout or DeadlineExceeded, SourceFailed otherwise.
    """
    trip = wire.trips.current
    until = trip.connecting()
    candidates = _resolved(host, port, wire.resolve, until, trip)
    for candidate in candidates:
        check_address(candidate[4][0], wire.networks)
    sock = _first_connected(candidates, until, trip)
    try:
        check_address(sock.getpeername()[0], wire.networks)
        sock.settimeout(max(0.001, until.remaining()))
        sock.trips = wire.trips
    except BaseException:
        sock.close()
        raise
    return sock


def _resolved(host: str, port: int, resolve: Resolver, until: Deadline, trip: FetchDeadline) -> Sequence[Candidate]:
    """Return what the name resolves to, asked in a thread of its own: getaddrinfo cannot be interrupted."""
    answers: SimpleQueue[Sequence[Candidate] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port, type=socket.SOCK_STREAM))
        except Exception as exc:  # all of them belong to the thread that waits
            answers.put(exc)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=until.remaining())
    except Empty:
        raise trip.timed_out("the name of the source was not resolved in time") from None
    if isinstance(answer, OSError | UnicodeError) or not answer:
        raise SourceNotFound("the name of the source does not resolve")
    if isinstance(answer, Exception):
        raise answer
    return answer


def _first_connected(candidates: Sequence[Candidate], until: Deadline, trip: FetchDeadline) -> DeadlineSocket:
    """Return a socket to the first address that accepts, each given an equal share of the time left."""
    failure: ServiceError = SourceFailed("the source cannot be reached")
    for tried, (family, kind, protocol, _, address) in enumerate(candidates):
        share = until.remaining() / (len(candidates) - tried)
        try:
            return _connected(DeadlineSocket(family, kind, protocol), address, share)
        except TimeoutError:
            failure = trip.timed_out("the source did not accept a connection in time")
        except ConnectionRefusedError:
            failure = SourceFailed("the source refuses connections")
        except OSError:
            continue  # an IPv6 address where there is no IPv6, most often
    raise failure


def _connected(sock: DeadlineSocket, address: Any, seconds: float) -> DeadlineSocket:
    try:
        sock.settimeout(max(0.001, seconds))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
