"""Measures one resize in this process: ``python -m bench.cost_model.worker SOURCE OPTIONS WATERMARK``.

OPTIONS is a JSON object, WATERMARK a path or empty; prints a JSON object with the estimate and the measurement.
"""

from __future__ import annotations

import json
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from app import imaging, options
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch


def _status_bytes(field: str) -> int:
    found = re.search(field + r":\s+(\d+)", Path("/proc/self/status").read_text())
    return 1024 * int(found[1]) if found else 0


def _load_everything() -> None:
    """Import all codecs and all of our engine, so that no import is measured."""
    for name in ("Jpeg", "Png", "WebP", "Gif", "Avif", "Bmp", "Tiff"):
        import_module(f"PIL.{name}ImagePlugin")
    import_module("pi_heif")
    for module in walk_packages(imaging.__path__, "app.imaging."):
        import_module(module.name)
    imaging.engine()  # loads the resampler


def main(source: str, query: str, watermark: str) -> None:
    """Print the estimates, and the CPU seconds and memory that one resize adds to the loaded process."""
    _load_everything()
    before = _status_bytes("VmRSS")
    data, mark = Path(source).read_bytes(), Path(watermark).read_bytes() if watermark else b""
    limits = Limits(max_source_bytes=max(len(data), len(mark)))  # 12 MP of noise that nothing compresses are more
    work = imaging.prepare(data, options.parse(json.loads(query).items()), limits, watermark=mark)
    start = time.process_time()
    imaging.render(work, data, Deadline.after(300), Stopwatch(), watermark=mark)
    measured = {
        "cpu_s": time.process_time() - start,
        "estimated_cpu_s": work.cost.cpu_s,
        "memory_bytes": _status_bytes("VmHWM") - before,
        "estimated_memory_bytes": work.cost.memory_bytes,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
