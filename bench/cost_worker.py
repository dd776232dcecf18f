"""Measures one resize in this process: ``python -m bench.cost_worker SOURCE OPTIONS WATERMARK``, all of it JSON out."""

from __future__ import annotations

import json
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules


def _kib(field: str) -> int:
    found = re.search(field + r":\s+(\d+)", Path("/proc/self/status").read_text())
    return 1024 * int(found[1]) if found else 0


def main(source: str, wanted: str, watermark: str) -> None:
    """Load everything, then measure, and print what was said before beside what it took."""
    from app import imaging, options
    from app.config import Limits
    from app.deadline import Deadline, Stopwatch

    for name in ("Jpeg", "Png", "WebP", "Gif", "Avif", "Bmp", "Tiff"):
        import_module(f"PIL.{name}ImagePlugin")
    for module in iter_modules(imaging.__path__):
        import_module(f"app.imaging.{module.name}")
    before = _kib("VmRSS")
    data, mark = Path(source).read_bytes(), Path(watermark).read_bytes() if watermark else b""
    work = imaging.prepare(data, options.parse(json.loads(wanted).items()), Limits(), watermark=mark)
    begun = time.process_time()
    imaging.render(work, data, Deadline.after(300), Stopwatch(), watermark=mark)
    found = {
        "cpu": time.process_time() - begun,
        "cpu_said": work.cost.cpu_s,
        "memory": _kib("VmHWM") - before,
        "memory_said": work.cost.memory_bytes,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
