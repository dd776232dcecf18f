"""Runs a WSGI app under our server in a thread of this process, with limits of the test's own."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import msgspec
import uvicorn

from serve.buffered_app import BufferedApp, WsgiApp
from serve.limits import ServerLimits
from serve.server import server_config

_TRIES = 1000


class Served(msgspec.Struct, frozen=True):
    """A running server: its port, and the way to tell it to stop."""

    port: int
    stop: Callable[[], None]


@contextmanager
def served(
    wsgi_app: WsgiApp, *, threads: int = 2, close: Callable[[], None] = lambda: None, **limits: Any
) -> Iterator[Served]:
    """Serve ``wsgi_app`` until the block ends."""
    given = ServerLimits(**{"max_body_bytes": 1_000_000, **limits})
    options = argparse.Namespace(host="127.0.0.1", port=0, workers=1, threads=threads)
    config = server_config(options, given)
    config.app = partial(BufferedApp, wsgi_app, ThreadPoolExecutor(threads), given, close=close)
    server, sock = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        for _ in range(_TRIES):
            if server.started:
                break
            time.sleep(0.01)
        yield Served(sock.getsockname()[1], partial(setattr, server, "should_exit", True))
    finally:
        server.should_exit = True
        thread.join()
