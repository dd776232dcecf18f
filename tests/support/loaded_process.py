"""Measures work in forks of a process that has imported the whole engine, each as if in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any, Final

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import parse

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
# a page of a file, in memory: https://docs.kernel.org/admin-guide/mm/pagemap.html
_FROM_FILE: Final = 0b101 << 61


class LoadedProcess:
    """The process, and what asks it."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def measured(self, path: Path, query: Mapping[str, Any], *, verify: bool = False) -> dict[str, float]:
        """Return what one resize took in a fork, or with ``verify`` the check of an upload, beside its estimate."""
        print(json.dumps([str(path), query, verify]), file=self._requests, flush=True)
        answer = self._answers.readline()
        assert answer.startswith("{"), f"the fork ended without a result: {answer}"
        found: dict[str, float] = json.loads(answer)
        return found


@contextmanager
def loaded_process() -> Iterator[LoadedProcess]:
    """Start the process, and end it with the block."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield LoadedProcess(process.stdin, process.stdout)


def _serve() -> None:
    for name in ("Jpeg", "Png", "WebP", "Gif", "Avif", "Bmp"):
        import_module(f"PIL.{name}ImagePlugin")
    import_module("pi_heif")
    for module in walk_packages(imaging.__path__, "app.imaging."):
        import_module(module.name)
    mapped = list(_mapped_from_files())
    for line in sys.stdin:
        child = os.fork()
        if not child:
            for address in mapped:  # a fork starts without them, and would seem to take what it only uses again
                ctypes.string_at(address, 1)
            print(json.dumps(_measured(*json.loads(line))), flush=True)
            return
        if status := os.waitpid(child, 0)[1]:
            print("status", status, flush=True)


def _mapped_from_files() -> Iterator[int]:
    """Yield the address of each page of a file that is in this process's memory."""
    with open("/proc/self/pagemap", "rb") as pagemap:
        for line in Path("/proc/self/maps").read_text().splitlines():
            span, mode, _, _, inode, *_ = line.split()
            begin, end = (int(address, 16) for address in span.split("-"))
            if inode == "0" or "r" not in mode:
                continue
            pagemap.seek(begin // _PAGE * 8)
            entries = memoryview(pagemap.read((end - begin) // _PAGE * 8)).cast("Q")
            yield from (begin + _PAGE * at for at, entry in enumerate(entries) if entry & _FROM_FILE == _FROM_FILE)


def _measured(path: str, query: Mapping[str, Any], verify: bool) -> dict[str, float]:
    limits = Limits()
    before = _memory("VmRSS")
    data = Path(path).read_bytes()
    work = imaging.prepare(data, parse(query.items()), limits)
    began = time.process_time()
    if verify:
        imaging.verify(data, limits, Deadline.after(300))
    else:
        imaging.render(work, data, Deadline.after(300), Stopwatch())
    spent = time.process_time() - began
    cost = imaging.verify_cost(work.header) if verify else work.cost
    return {
        "memory": _memory("VmHWM") - before,
        "peak": _memory("VmHWM"),
        "cpu": spent,
        "memory_estimated": cost.memory_bytes,
        "cpu_estimated": cost.cpu_s,
    }


def _memory(field: str) -> int:
    found = re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return 1024 * int(found[1])


if __name__ == "__main__":
    _serve()
