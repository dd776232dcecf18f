"""Connections that one process accepts and others answer: shared evenly, and not given to one that takes none."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from serve.handover import AcceptedConnections, SharedListener
from tests.support.waiting import wait_until

BACKLOG = 16
ANY = ("127.0.0.1", 0)


class Taker:
    """What a process does with what it was pickled, in this process."""

    def __init__(self, accepted: AcceptedConnections) -> None:
        self.accepted = accepted
        self.accepted.setblocking(False)
        self.accepted.listen(BACKLOG)
        self.taken: list[tuple[socket.socket, object]] = []

    def take(self) -> int:
        """Take what waits; return how many were taken since the beginning."""
        with suppress(BlockingIOError):
            while True:
                self.taken.append(self.accepted.accept())
        return len(self.taken)

    def close(self) -> None:
        for connection, _ in self.taken:
            connection.close()


class Setting:
    """A listener, its takers and its clients, closed at the end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.listener = stack.enter_context(closing(SharedListener(socket.create_server(ANY), backlog=BACKLOG)))

    def taker(self) -> Taker:
        rebuild, (end, address) = self.listener.__reduce__()
        taker = Taker(self._stack.enter_context(closing(rebuild(end.dup(), address))))
        self._stack.callback(taker.close)
        return taker

    def connect(self, count: int) -> list[socket.socket]:
        address = self.listener.getsockname()
        return [self._stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(count)]


@pytest.fixture
def setting() -> Iterator[Setting]:
    with ExitStack() as stack:
        yield Setting(stack)


def test_each_gets_as_many(setting: Setting) -> None:
    takers = [setting.taker() for _ in range(3)]
    clients = {client.getsockname(): client for client in setting.connect(9)}
    wait_until(lambda: sum(taker.take() for taker in takers) == 9)
    assert [taker.take() for taker in takers] == [3, 3, 3]
    # they are the connections themselves, with the addresses of the clients
    for connection, address in (each for taker in takers for each in taker.taken):
        connection.sendall(b"hello")
        connection.close()
        assert clients[address].recv(9) == b"hello"
        assert clients[address].recv(9) == b"", "a copy is still open"


def test_one_that_takes_nothing_is_given_only_a_few(setting: Setting) -> None:
    hung, taker = setting.taker(), setting.taker()
    for number in range(16):
        setting.connect(1)
        wait_until(lambda wanted=number - 4: taker.take() >= wanted)  # type: ignore[misc]
    wait_until(lambda: taker.take() == 12)
    assert hung.take() == 4


def test_what_one_that_has_ended_did_not_take_goes_to_another(setting: Setting) -> None:
    ended, taker = setting.taker(), setting.taker()
    setting.connect(4)
    wait_until(lambda: taker.take() >= 1)
    ended.accepted.close()
    setting.connect(4)
    wait_until(lambda: taker.take() == 8)


def test_connections_wait_for_the_first_that_is_ready(setting: Setting) -> None:
    (client,) = setting.connect(1)
    taker = setting.taker()
    wait_until(lambda: taker.take() == 1)
    assert taker.taken[0][1] == client.getsockname()


def test_after_its_parent_a_process_takes_what_it_was_handed_and_stops_itself() -> None:
    told: list[int] = []
    usual = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    parent, end = socket.socketpair()
    try:
        with (
            closing(AcceptedConnections(fileno=end.detach())) as accepted,
            socket.create_server(ANY) as server,
            socket.create_connection(server.getsockname()) as client,
        ):
            accepted.setblocking(False)
            accepted.listen()
            socket.send_fds(parent, [b"."], [client.fileno()])
            parent.close()  # without having read that the process is ready
            accepted.accept()[0].close()
            assert told == []
            with pytest.raises(BlockingIOError):
                accepted.accept()
    finally:
        signal.signal(signal.SIGTERM, usual)
    assert told == [signal.SIGTERM]


def test_after_closing_nobody_connects_and_the_others_stay(setting: Setting) -> None:
    taker = setting.taker()
    (client,) = setting.connect(1)
    wait_until(lambda: taker.take() == 1)
    setting.listener.close()
    with pytest.raises(ConnectionError):
        setting.connect(1)
    taker.taken[0][0].sendall(b"late")
    assert client.recv(9) == b"late"


def test_closing_does_not_race_with_the_thread_that_ends() -> None:
    """When the last process has gone the thread closes what close() still uses, if it may."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            with ExitStack() as stack:
                Setting(stack).taker()
    finally:
        sys.setswitchinterval(usual)
