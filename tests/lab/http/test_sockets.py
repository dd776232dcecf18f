"""The listener: what it ends when it closes."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from lab.http.sockets import Listener


class Silent(BaseHTTPRequestHandler):
    """Waits for a request that never comes."""


def test_closing_ends_open_connections_and_every_thread() -> None:
    before = threading.active_count()
    listener = Listener(Silent)
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
        listener.close()
        assert client.recv(1) == b""
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listener.port), timeout=20)
