from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from measurement.processes import clean_environment, run_to_end, worker_process


def test_the_log_of_a_child_stays_out_of_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    times = run_to_end([sys.executable, "-c", "import sys; print('a metric', file=sys.stderr)"], clean_environment())
    assert times.cpu_s > 0
    assert capfd.readouterr().err == ""


def test_the_log_of_a_failing_child_is_quoted() -> None:
    with pytest.raises(RuntimeError, match="status 256: what went wrong"):
        run_to_end([sys.executable, "-c", "raise SystemExit('what went wrong')"], clean_environment())


def test_an_interrupt_ends_the_child(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    interrupt = (
        "import os, pathlib, signal, time\n"
        f"pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "time.sleep(300)"
    )
    with pytest.raises(KeyboardInterrupt):
        run_to_end([sys.executable, "-c", interrupt], clean_environment())
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), signal.SIGKILL)


def test_a_worker_that_dies_is_quoted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "input(); raise SystemExit('no such picture')"]
    with (
        worker_process(command, tmp_path, clean_environment()) as worker,
        pytest.raises(RuntimeError, match=r"died of 'loop': no such picture"),
    ):
        worker.ask("loop", 1)


def test_a_worker_answers_line_by_line(tmp_path: Path) -> None:
    echo = "import sys\nfor line in sys.stdin: print('{\"cpu_s\":', line.split()[1], '}', flush=True)"
    with worker_process([sys.executable, "-c", echo], tmp_path, clean_environment()) as worker:
        assert worker.cpu_per_call(4) == 1.0
