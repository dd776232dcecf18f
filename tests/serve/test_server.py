"""The parent of the processes: how it notices that one has ended."""

from __future__ import annotations

import os
import signal
import socket
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection

import pytest
from uvicorn._subprocess import spawn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import SIGNALS, Process

from serve.handover import SharedListener
from serve.limits import ServerLimits
from serve.server import Supervisor, server_config
from tests.support.waiting import wait_until


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """A supervisor without processes; it takes all signals as long as it is there."""
    usual = {number: signal.getsignal(number) for number in SIGNALS}
    options = Namespace(host="127.0.0.1", port=0, workers=1, threads=1)
    config = server_config(options, ServerLimits(max_body_bytes=1))
    try:
        with closing(SharedListener(socket.create_server(("127.0.0.1", 0)), backlog=1)) as listener:
            yield Supervisor(config, listener)
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def end_when_asked(asked: Connection) -> None:
    """End as a process that cannot start, instead of saying that it lives."""
    asked.recv()
    os._exit(STARTUP_FAILURE)


def test_a_process_that_ends_instead_of_answering_is_noticed_at_once(supervisor: Supervisor) -> None:
    """It would count as hung after a minute, in which nothing is replaced and no signal is heard."""
    process = Process(supervisor.config, supervisor.sockets)
    process.process = spawn.Process(target=end_when_asked, args=(process.child_conn,))
    process.start()
    supervisor.processes.append(process)
    thread = threading.Thread(target=supervisor.keep_subprocess_alive, daemon=True)
    thread.start()
    wait_until(lambda: not thread.is_alive(), seconds=50)
    assert supervisor.should_exit.is_set()
