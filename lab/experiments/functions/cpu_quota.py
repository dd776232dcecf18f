"""Limits its parent process to a share of one CPU: ``python cpu_quota.py PID SHARE`` runs until the parent is gone.

It works like the kernel's own quotas (cgroups), which need rights that a user seldom has: the process may use its
share of each period, and is stopped until it has paid back what it used beyond that.
"""

import os
import signal
import sys
import time

PERIOD_S = 0.02
CHECK_S = 0.001


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that all threads of a process have used; see lab/containers/procfs.py."""
    return time.clock_gettime((~pid << 3) | 2)


def limit(pid: int, share: float) -> None:
    """Stop and continue the parent so that it uses no more than ``share`` of one CPU."""
    left, used, at = share * PERIOD_S, cpu_s(pid), time.monotonic()
    while os.getppid() == pid:
        time.sleep(CHECK_S)
        now, spent = time.monotonic(), cpu_s(pid)
        left = min(left + share * (now - at), share * PERIOD_S) - (spent - used)
        used, at = spent, now
        if left < 0:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(-left / share)
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    limit(int(sys.argv[1]), float(sys.argv[2]))
