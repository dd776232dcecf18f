"""What the kernel says of a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lab.containers import procfs
from lab.traits import MIB


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_memory_and_cpu_of_this_process() -> None:
    pid = os.getpid()
    assert 0 < procfs.resident_bytes(pid) <= procfs.peak_bytes(pid)
    before = procfs.cpu_s(pid)
    sum(range(100_000))
    assert procfs.cpu_s(pid) > before > 0


def test_what_forked_processes_share_counts_once() -> None:
    code = "import os, time; block = os.urandom(64 * 2**20); os.fork() and print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, start_new_session=True) as parent:
        try:
            assert parent.stdout
            parent.stdout.readline()
            family = procfs.family(parent.pid)
            held = procfs.shared_bytes(family)
        finally:
            os.killpg(parent.pid, signal.SIGKILL)
    assert len(family) == 2
    assert 64 * MIB < held < 2 * 64 * MIB


def test_a_process_that_is_gone_has_nothing(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    pid = child.pid
    assert (procfs.family(pid), procfs.shared_bytes([pid])) == ([pid], 0)
    assert (procfs.resident_bytes(pid), procfs.peak_bytes(pid), procfs.cpu_s(pid)) == (0, 0, 0.0)
