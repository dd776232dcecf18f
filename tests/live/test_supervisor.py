"""The processes of ``make serve`` when one of them, their parent or the storage is gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.live.test_serve import begin_resize, containers, finish
from tests.live.test_servers import send
from tests.support.app_server import WAIT_S, Server, running, serve
from tests.support.waiting import wait_until


@contextmanager
def listening(directory: Path) -> Iterator[Server]:
    """Start the server, and wait until each of its processes is ready."""
    with running(serve, directory) as server:
        wait_until(lambda: "listening on" in server.log.read_text(), seconds=WAIT_S)
        yield server


def workers(server: Server) -> list[int]:
    """Return the process ids of those that answer requests, without that of multiprocessing's helper."""
    return [pid for pid in server.children() if b"spawn_main" in command(pid)]


def command(pid: int) -> bytes:
    """Return the command line of a process; nothing when it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with listening(tmp_path) as server:
        before = containers(server, lambda: None)
        state = json.loads(send(server, "GET", "/status")[1])
        assert state["container"]["id"] in before
        os.kill(workers(server)[0], signal.SIGKILL)
        wait_until(lambda: len(containers(server, lambda: None, tries=20).keys() - before.keys()) == 1, seconds=60)


def test_processes_whose_parent_is_killed_answer_what_they_have_and_end(tmp_path: Path, large_photo: bytes) -> None:
    with listening(tmp_path) as server:
        left = workers(server)
        assert len(left) == 2
        arriving = begin_resize(server, len(large_photo))
        try:
            server.process.kill()
            server.process.wait()
            assert finish(arriving, large_photo)[:15] == b"HTTP/1.1 200 OK"
            wait_until(lambda: not any(map(command, left)), seconds=60)
        finally:
            for pid in filter(command, left):
                os.kill(pid, signal.SIGKILL)


def test_processes_that_cannot_start_are_tried_until_they_can_and_leave_nothing(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    with listening(tmp_path) as server:
        descriptors = Path(f"/proc/{server.process.pid}/fd")
        before = len(list(descriptors.iterdir()))
        shutil.rmtree(storage)
        storage.write_text("no directory")
        os.kill(workers(server)[0], signal.SIGKILL)
        wait_until(lambda: server.log.read_text().count("cannot start") >= 3, seconds=100)
        storage.unlink()
        wait_until(lambda: len(containers(server, lambda: None, tries=20)) == 2, seconds=100)
        wait_until(lambda: len(list(descriptors.iterdir())) <= before)
