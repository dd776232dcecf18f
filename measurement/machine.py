"""Describes the machine that figures were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

# only Linux has it
_CPUINFO: Final = Path("/proc/cpuinfo")


def machine(cpuinfo: Path = _CPUINFO) -> Mapping[str, str]:
    """Return processor, usable cores, memory and kernel, but no host name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cpu": _cpu_model(cpuinfo),
        "cores": str(cores()),
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
    }


def cores() -> int:
    """Return the number of cores this process may use, or on macOS the number of cores in the machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _cpu_model(cpuinfo: Path) -> str:
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
