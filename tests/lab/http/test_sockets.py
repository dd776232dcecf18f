"""The listener: what it survives, and what it ends when it closes."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from lab.http.sockets import Listener
from tests.support.project_copy import ROOT

# a process that can open no more files once its listener waits for the first client
OUT_OF_FILES = """
import os, resource, socket, time
from contextlib import suppress
from lab.http.server import Response, serve

def answer(client):
    client.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    return client.recv(15).decode()

clients = [socket.socket() for _ in range(3)]
for client in clients:
    client.settimeout(20)
listener = serve(lambda request: Response(status=200), port=0, body_limit=0, refuse=lambda status: Response(status=500))
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
time.sleep(0.3)
held = []
with suppress(OSError):
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
"""
SERVES_AGAIN = """
for client in clients[:2]:
    client.connect(("127.0.0.1", listener.port))
time.sleep(0.3)
for each in held:
    os.close(each)
print(answer(clients[1]))
listener.close()
"""
CLOSES = """
listener.close()
print("closed")
"""
# no address space has room for a stack of an exbibyte
OUT_OF_THREADS = """
import socket, threading
from lab.http.server import Response, serve

listener = serve(lambda request: Response(status=200), port=0, body_limit=0, refuse=lambda status: Response(status=500))
usual = threading.stack_size(1 << 60)
with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
    print(client.recv(1))
threading.stack_size(usual)
with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as client:
    client.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    print(client.recv(15).decode())
listener.close()
"""


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


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels count the files of a process in other ways")
@pytest.mark.parametrize(
    ("then", "printed"), [(SERVES_AGAIN, "HTTP/1.1 200 OK\n"), (CLOSES, "closed\n")], ids=["serves again", "closes"]
)
def test_a_listener_outlives_a_lack_of_files(then: str, printed: str) -> None:
    command = [sys.executable, "-c", OUT_OF_FILES + then]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == printed, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels may reserve a stack of any size")
def test_a_client_for_whom_there_is_no_thread_need_not_wait() -> None:
    command = [sys.executable, "-c", OUT_OF_THREADS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "b''\nHTTP/1.1 200 OK\n", done.stderr
