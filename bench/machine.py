"""Names the machine and the versions a figure belongs to."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.measure import Job, worker
from bench.stand import Stand


def machine() -> Mapping[str, str]:
    """Return processor, cores we may use, memory and kernel; never a host name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cpu": _cpu_model(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def versions(stand: Stand) -> Mapping[str, str]:
    """Return the version of everything that takes part in a resize, on all sides."""
    from PIL import features

    theirs: dict[str, str] = {}
    for name in ("sharp", "vips", "thumbor") if stand.thumbor else ("sharp", "vips"):
        with worker(name, Job(stand.sources.tiny), stand) as peer:
            theirs |= peer.ask("versions")
    return {
        "python": platform.python_version(),
        "flask": version("flask"),
        "pillow": version("pillow"),
        "jpeg": f"libjpeg-turbo {features.version_feature('libjpeg_turbo')}",
        **theirs,
    }
