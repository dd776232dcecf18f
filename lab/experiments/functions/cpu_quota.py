"""Holds a process to a share of one CPU: ``python cpu_quota.py PID SHARE``, beside it until it is gone.

As the kernel's own quotas do it (cgroups), which take rights that a user seldom has: the process may use its share
of each period, and is stopped until what it used too much is paid back.
"""

import os
import signal
import sys
import time

PERIOD_S = 0.02
LOOK_S = 0.001


def cpu_s(pid: int) -> float:
    """Return the CPU seconds all threads of a process used so far; see lab.procfs."""
    return time.clock_gettime((~pid << 3) | 2)


def keep(pid: int, share: float) -> None:
    """Stop and continue our parent, so that it uses no more than ``share`` of one CPU."""
    left, used, at = share * PERIOD_S, cpu_s(pid), time.monotonic()
    while os.getppid() == pid:
        time.sleep(LOOK_S)
        now, spent = time.monotonic(), cpu_s(pid)
        left = min(left + share * (now - at), share * PERIOD_S) - (spent - used)
        used, at = spent, now
        if left < 0:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(-left / share)
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    keep(int(sys.argv[1]), float(sys.argv[2]))
