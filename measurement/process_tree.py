"""What a server and all the processes it started have used, as Linux counts it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class TreeUse(msgspec.Struct, frozen=True):
    """CPU seconds so far, resident bytes, open files and threads now, each summed over the processes."""

    cpu_s: float
    resident: int
    files: int
    threads: int


def tree_use(pid: int) -> TreeUse:
    """Return what ``pid`` and its living descendants use; their children that ended are in the CPU of their parents."""
    return total(process_uses(pid).values())


def process_uses(pid: int) -> dict[int, TreeUse]:
    """Return what ``pid`` and each of its living descendants use, by process id."""
    return {each: use for each in _tree(pid) if (use := _use(each))}


def total(uses: Iterable[TreeUse]) -> TreeUse:
    """Return the sum; there must be one at least."""
    return TreeUse(*(sum(column) for column in zip(*map(msgspec.structs.astuple, uses), strict=True)))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it ended in the meantime
        return
    for child in children:
        yield from _tree(child)


def _use(pid: int) -> TreeUse | None:
    """Return the use of one process alone, None when it has ended; the fields are those of proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        files = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None
    ticks = sum(int(field) for field in fields[11:15])  # user and system time, own and of children waited for
    return TreeUse(ticks / _TICKS, int(fields[21]) * _PAGE, files, int(fields[17]))
