"""One process accepts the connections and hands them to the others in turn, as a cluster of node does.

Processes that accept from one socket do not share: asyncio takes every connection that waits, so the first to wake has
them all, and the other cores have nothing to do for as long as those connections are kept.
"""

from __future__ import annotations

import selectors
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

# how long to wait before looking again, while no process is ready or the system has no more open files
_RETRY_S: Final = 0.05
# how long nothing may happen before the thread looks whether it is needed any more
_IDLE_S: Final = 1.0
# a process that has left so many connections waiting is passed over; a busy machine leaves one or two for a moment
_MANY: Final = 4
# what a process sends for each connection that it has taken, and once when it is ready
_TAKEN: Final = b"."


class AcceptedConnections(socket.socket):
    """What a process listens to: connections that its parent has accepted come over a pair of sockets."""

    address: Any

    def listen(self, backlog: int = 0) -> None:
        """Tell the parent that connections may come; it is the one that listens."""
        self.send(_TAKEN)

    def getsockname(self) -> Any:
        """Return the address that the parent listens on."""
        return self.address

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection and its client's address; raise BlockingIOError when none waits.

        Without its parent the process would get no connection and be stopped by nobody, so it stops itself.
        """
        while True:
            descriptors = self._receive()
            if not descriptors:
                signal.raise_signal(signal.SIGTERM)
                raise BlockingIOError
            connection = socket.socket(fileno=descriptors[0])
            with suppress(ConnectionError):  # the parent has ended, but its last connections are to be answered
                self.send(_TAKEN)
            try:
                return connection, connection.getpeername()
            except OSError:  # the client has left
                connection.close()

    def _receive(self) -> list[int]:
        """Return the descriptor of the next connection; none when the parent has ended."""
        try:
            return socket.recv_fds(self, 1, 1)[1]
        except ConnectionResetError:  # it had not read everything that it was sent
            return []


class WorkerPipe:
    """The parent's end to one process, and the connections that it was handed and has not taken yet."""

    def __init__(self) -> None:
        self.end, self.theirs = socket.socketpair()
        self.end.setblocking(False)
        self.ready = False
        self.waiting: deque[socket.socket] = deque()

    def release(self) -> bool:
        """Let go of the connections that the process has taken; return False when it has ended."""
        try:
            while said := self.end.recv(1024):
                if not self.ready:
                    self.theirs.close()  # from now on only the process holds it, and its end can be noticed
                    self.ready, said = True, said[1:]
                for _ in said:
                    # an open copy here would keep the client from noticing that the process has closed its own
                    self.waiting.popleft().close()
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def hand(self, connection: socket.socket) -> bool:
        """Send a connection; return False when the process has ended or takes no more."""
        try:
            socket.send_fds(self.end, [_TAKEN], [connection.fileno()])
        except OSError:
            return False
        self.waiting.append(connection)
        return True

    def close(self) -> None:
        """Close both ends."""
        self.end.close()
        self.theirs.close()


class SharedListener:
    """The listening socket of the parent. Each process that it is pickled for gets AcceptedConnections of its own."""

    def __init__(self, sock: socket.socket, *, backlog: int) -> None:
        self._sock = sock
        self._sock.listen(backlog)
        self._sock.setblocking(False)
        self._address = sock.getsockname()
        self._workers: list[WorkerPipe] = []
        self._closed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        threading.Thread(target=self._run, daemon=True).start()

    def __reduce__(self) -> tuple[Callable[..., AcceptedConnections], tuple[socket.socket, Any]]:
        worker = WorkerPipe()
        self._workers.append(worker)
        self._selector.register(worker.end, selectors.EVENT_READ, worker)
        return _accepted_connections, (worker.theirs, self._address)

    def getsockname(self) -> Any:
        """Return the address that is listened on."""
        return self._address

    def close(self) -> None:
        """Let nobody connect any more; what a process was handed is its own to answer."""
        if self._closed:
            return
        self._selector.unregister(self._sock)
        with suppress(OSError):  # macOS refuses it for a socket that listens
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._closed = True  # last: without workers the thread closes the selector as soon as it sees this

    def close_copies(self) -> None:
        """Close our copies of the ends of started processes, so that one that ends is noticed, ready or not."""
        for worker in list(self._workers):
            worker.theirs.close()

    def _run(self) -> None:
        """Hand connections over until nobody may connect and every process has ended."""
        while self._workers or not self._closed:
            for key, _ in self._selector.select(_IDLE_S):
                if key.data is None:
                    self._accept()
                elif not key.data.release():
                    self._give_up(key.data)
        self._selector.close()

    def _accept(self) -> None:
        if not any(worker.ready for worker in self._workers):
            time.sleep(_RETRY_S)  # clients wait in the queue of the system
            return
        try:
            connection, _ = self._sock.accept()
        except BlockingIOError:  # the client has left
            return
        except OSError:  # closed, or too many open files
            time.sleep(_RETRY_S)
            return
        self._hand(connection)

    def _hand(self, connection: socket.socket) -> None:
        """Give it to the process whose turn it is, of those that take what they are given."""
        ready = [worker for worker in self._workers if worker.ready]
        for worker in sorted(ready, key=lambda each: len(each.waiting) // _MANY):
            if worker.hand(connection):
                # to the end of the line
                self._workers.remove(worker)
                self._workers.append(worker)
                return
        connection.close()

    def _give_up(self, worker: WorkerPipe) -> None:
        """Forget a process that has ended, and give what it had not taken to another."""
        self._selector.unregister(worker.end)
        self._workers.remove(worker)
        worker.close()
        for connection in worker.waiting:
            self._hand(connection)


def _accepted_connections(end: socket.socket, address: Any) -> AcceptedConnections:
    found = AcceptedConnections(fileno=end.detach())
    found.address = address
    return found
