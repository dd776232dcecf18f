"""Whatever signal ends a command, no process and no file is left, and what was finished is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.experiments.support import results_file
from measurement.stamps import ROOT
from tests.support.lab.command_line import command
from tests.support.lab.leftovers import users
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other kernel shows the environment of processes")

PATIENCE_S = 120.0
HELD = "--package {package} --handler probe.handler --env MONOLAMBDA_STORAGE={storage}"
# without an event a container lives as long as it loads, which this one does until it is ended
LOADING = f"{HELD.replace('probe.handler', 'waits_in_init.proxy')} --env UNTIL={{storage}}/until"
# a command line, and what processes of it run when the signal comes
MOMENTS = {
    "a server of an experiment": ("run --quick concurrency --out {out}", ("gunicorn",)),
    "two servers of an experiment": ("run --quick proxy_overhead --out {out}", ("flask --app", "gunicorn")),
    "a build for an experiment": ("run --quick one_or_many --out {out}", ("pip install",)),
    "a bucket for an experiment": ("run --quick payload --out {out}", ("bucket_server",)),
    "a container of tune": (f"tune {HELD} --event {{event}} --memory 1769", ("awslambdaric",)),
    "a container of invoke": (f"invoke {{event}} {HELD}", ("awslambdaric",)),
    "a build for the tour": ("tour side-by-side --port 0", ("pip install",)),
    "a container of serve": (f"serve --port 0 {LOADING}", ("awslambdaric",)),
    "a lab of validate": ("validate --out {out}", ("awslambdaric",)),
}
HOW = [
    *((moment, how) for moment in MOMENTS for how in (signal.SIGKILL, signal.SIGTERM)),
    ("a server of an experiment", signal.SIGHUP),
    ("a server of an experiment", signal.SIGINT),
]
Start = Callable[[str], "Started"]


class Started:
    """A command in a process of its own, with a directory for temporary files of its own."""

    def __init__(self, directory: Path, arguments: list[str]) -> None:
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self._errors = directory / "stderr.txt"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                # a background job of a shell has SIGINT ignored
                ["env", "--default-signal=INT", *command(*arguments)],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(self.temporary)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def runs(self, names: tuple[str, ...]) -> bool:
        """Return whether processes with each of these names run; fail when the command has ended."""
        assert self.process.poll() is None, self.errors
        lines = [line for pid, line in users(self.temporary).items() if pid != self.process.pid]
        return all(any(name in line for line in lines) for name in names)

    def expect_nothing_left(self) -> None:
        wait_until(lambda: not users(self.temporary), seconds=PATIENCE_S)
        wait_until(lambda: not list(self.temporary.iterdir()), seconds=PATIENCE_S)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in users(self.temporary):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path, package: Path) -> Iterator[Start]:
    event, storage = tmp_path / "event.json", tmp_path / "storage"
    storage.mkdir()
    event.write_text(f'{{"do": "hold", "started": "{storage}/started", "until": "{storage}/until"}}')
    with ExitStack() as stack:

        def begin(line: str) -> Started:
            words = line.format(out=tmp_path / "out.json", package=package, event=event, storage=storage).split()
            started = Started(tmp_path, words)
            stack.callback(started.end)
            return started

        yield begin


@pytest.mark.parametrize(("moment", "how"), HOW)
def test_no_process_and_no_file_outlives_a_command(start: Start, moment: str, how: signal.Signals) -> None:
    line, names = MOMENTS[moment]
    started = start(line)
    wait_until(lambda: started.runs(names), seconds=PATIENCE_S)
    started.process.send_signal(how)
    assert started.process.wait(timeout=PATIENCE_S) == (-how if how == signal.SIGKILL else 128 + how), started.errors
    assert "Traceback" not in started.errors
    started.expect_nothing_left()


def test_finished_experiments_are_kept(start: Start, tmp_path: Path) -> None:
    started = start("run --quick concurrency proxy_overhead --out {out}")
    wait_until(lambda: started.runs(("flask --app",)), seconds=PATIENCE_S)
    started.process.send_signal(signal.SIGTERM)
    assert started.process.wait(timeout=PATIENCE_S) == 128 + signal.SIGTERM
    out = tmp_path / "out.json"
    assert started.errors == f"lab: interrupted in proxy_overhead; 1 of 2 experiments are in {out}\n"
    assert list(results_file.read(out).experiments) == ["concurrency"]
    assert list(tmp_path.glob("out.json*")) == [out]
    started.expect_nothing_left()


def test_more_signals_do_not_interrupt_the_end(start: Start) -> None:
    started = start("run --quick concurrency --out {out}")
    wait_until(lambda: started.runs(("gunicorn",)), seconds=PATIENCE_S)
    while started.process.poll() is None:
        started.process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
    # the interpreter itself handles no signal in its last steps
    assert started.process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)
    assert "Traceback" not in started.errors
    started.expect_nothing_left()
