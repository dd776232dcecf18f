"""Reads a process's memory and CPU from the kernel.

Where there is no /proc (macOS) every figure is 0, and nothing is killed for its memory.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_bytes(pid: int) -> int:
    """Return the memory the process holds now (RSS); 0 when it is gone."""
    try:
        # os.open: this runs often and costs a fifth of Path.read_text
        handle = os.open(f"/proc/{pid}/statm", os.O_RDONLY)
    except OSError:
        return 0
    try:
        return int(os.read(handle, 128).split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0
    finally:
        os.close(handle)


def peak_bytes(pid: int) -> int:
    """Return the process's peak memory (VmHWM); 0 when it is gone."""
    return 1024 * _kilobytes(f"/proc/{pid}/status", "VmHWM:")


def family(pid: int) -> list[int]:
    """Return the process and its children."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


def shared_bytes(pids: Sequence[int]) -> int:
    """Return the memory that processes forked from each other hold together, as on a machine of their own.

    A page that several of them still share counts once, and so do the files they have loaded. The kernel walks
    over the page tables: that takes milliseconds, where ``resident_bytes`` takes microseconds.
    """
    own = sum(_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss_Anon:") for pid in pids)
    files = max((_kilobytes(f"/proc/{pid}/status", "RssFile:") for pid in pids), default=0)
    return 1024 * (own + files)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that all threads of the process have used; 0 when it is gone.

    Linux derives the number of a process's CPU clock from its id (clock_getcpuclockid(3)). It counts
    nanoseconds, where /proc/PID/stat counts in steps of 10 ms.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def demand_s(pid: int) -> float | None:
    """Return the seconds that the process's threads ran or waited for a core; None where the kernel does not say.

    A process that sleeps, or waits for a socket or a disk, demands nothing; one that other load keeps from
    running does. See Documentation/scheduler/sched-stats.rst in the kernel's sources.
    """
    try:
        counts = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return None
    return sum(int(ran) + int(waited) for ran, waited, _ in counts) / 1e9 if counts else None


def _kilobytes(path: str, name: str) -> int:
    """Return the line of a file that begins with ``name``; 0 when the process is gone."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
