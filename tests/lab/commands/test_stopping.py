"""A command ends when it is told to, whatever its main thread does at that moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lab.leftovers import users
from tests.support.project_copy import ROOT
from tests.support.waiting import wait_until

# the system may deliver a signal to any thread, which here is one that has no other purpose
DELIVERED_TO_ANOTHER_THREAD = """
import signal, sys, threading, time
from lab.commands.stopping import InterruptOnSignal

def deliver():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(600)

with InterruptOnSignal() as stopping:
    stopping.begin()
    threading.Thread(target=deliver, daemon=True).start()
    try:
        threading.Event().wait()
    finally:
        print("cleaned up", flush=True)
sys.exit(stopping.status)
"""

# nobody will come through the barrier, as when a signal came before all threads were started
NEVER_CLEANED_UP = """
import signal, sys, threading
from concurrent.futures import ThreadPoolExecutor
from lab.commands.stopping import InterruptOnSignal

with InterruptOnSignal(grace_s=0.5) as stopping:
    stopping.begin()
    with ThreadPoolExecutor(2) as pool:
        pool.submit(threading.Barrier(2).wait)
        signal.raise_signal(signal.SIGHUP)
"""

SERVES = """
import os, sys
from lab.cli import parser
from lab.commands.stopping import InterruptOnSignal

with InterruptOnSignal(grace_s=0.5) as stopping:
    stopping.begin()
    parsed = parser(["serve"]).parse_args(sys.argv[1:])
    parsed.run(parsed, os.environ)
"""

# the second comes while the first is cleaned up after
TWICE = """
import signal, sys
from lab.commands.stopping import InterruptOnSignal

with InterruptOnSignal() as stopping:
    stopping.begin()
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.raise_signal(signal.SIGINT)
        print("cleaned up", flush=True)
        raise OSError("a file that was cleaned up twice")
sys.exit(stopping.status)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    # a background job of a shell has SIGINT ignored
    program = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{program}"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_signal_to_another_thread_ends_the_main_ones_wait() -> None:
    done = run(DELIVERED_TO_ANOTHER_THREAD)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, "cleaned up\n", "")


def test_the_process_ends_when_cleaning_up_does_not() -> None:
    assert run(NEVER_CLEANED_UP).returncode == 128 + signal.SIGHUP


def test_a_command_that_serves_ends_too_when_cleaning_up_does_not(tmp_path: Path, package: Path) -> None:
    """It waits for its guardian, which is stopped."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-c", SERVES, "serve", "--port", "0", "--package", str(package)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [*command, "--handler", "probe.proxy"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "live page" in process.stdout.readline() + process.stdout.readline()
        (guardian,) = [pid for pid, line in users(temporary).items() if "guardian.py" in line]
        os.kill(guardian, signal.SIGSTOP)
        try:
            process.terminate()
            assert process.wait(timeout=60) == 128 + signal.SIGTERM
        finally:
            process.kill()
            os.kill(guardian, signal.SIGCONT)
    wait_until(lambda: not users(temporary))


def test_the_first_signal_decides_and_others_do_not_interrupt() -> None:
    done = run(TWICE)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, "cleaned up\n", "")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_that_the_caller_ignores_stays_ignored(number: signal.Signals) -> None:
    ignored = f"import signal; signal.signal({int(number)}, signal.SIG_IGN)\n"
    assert run(ignored + TWICE.replace("signal.SIGTERM", str(int(number)))).returncode == 128 + signal.SIGINT


def test_sigint_ends_a_job_in_the_background_too() -> None:
    """A shell has it ignored there."""
    ignored = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    assert run(ignored + TWICE.replace("signal.SIGTERM", "signal.SIGINT")).returncode == 128 + signal.SIGINT
