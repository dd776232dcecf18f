"""Reads a process's memory and CPU from the kernel.

Where there is no /proc (macOS) every figure is 0, and nothing is killed for its memory.
"""

from __future__ import annotations

import os
import time
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
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def family(pid: int) -> list[int]:
    """Return the process and its children."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


def proportional_bytes(pid: int) -> int:
    """Return the memory of the process, of shared pages its share (PSS); 0 when it is gone.

    The kernel walks over its page tables: that takes milliseconds, where ``resident_bytes`` takes microseconds.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that all threads of the process have used; 0 when it is gone.

    Linux derives the number of a process's CPU clock from its id (clock_getcpuclockid(3)). It counts
    nanoseconds, where /proc/PID/stat counts in steps of 10 ms.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def is_stopped(pid: int) -> bool:
    """Return whether the process is frozen by SIGSTOP."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (OSError, IndexError):
        return False
