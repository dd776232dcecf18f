"""A command that serves ends when it is told to, whatever its main thread does at that moment."""

from __future__ import annotations

import subprocess
import sys

from tests.support.project_copy import ROOT

# the signal comes at the first, the second, ... step that Python takes while it waits
INTERRUPTED_AT_EACH_STEP = """
import signal, sys
from lab.commands.stopping import StopSignal

def trace(frame, event, argument):
    global left
    left -= 1
    if left == 0:
        signal.raise_signal(signal.SIGINT)
    return trace

for step in range(1, 60):
    stop, left = StopSignal(), step
    sys.settrace(trace)
    stop.wait(0.001)
    sys.settrace(None)
print("stopped each time")
"""


def test_a_signal_may_come_at_any_moment_of_the_wait() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_EACH_STEP]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "stopped each time\n", done.stderr
