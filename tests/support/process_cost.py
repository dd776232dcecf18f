"""What a piece of work costs a process that is not ours: CPU time and the peak of its memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Cost:
    """CPU seconds of all the processes together, and the largest resident memory of one of them, in MiB."""

    cpu_s = 0.0
    peak_mb = 0.0


@contextmanager
def measured(pids: Sequence[int]) -> Iterator[Cost]:
    """Measure the block; the figures are there when it has ended."""
    cost = Cost()
    for pid in pids:
        # resets the peak: https://docs.kernel.org/filesystems/proc.html
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    begun = sum(map(_cpu_s, pids))
    yield cost
    cost.cpu_s = sum(map(_cpu_s, pids)) - begun
    cost.peak_mb = max(map(_peak_mb, pids))


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * _TICK_S


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / MIB
