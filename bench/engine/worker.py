"""The worker of a Python subject: ``python -m bench.engine.worker SUBJECT SOURCE WIDTH QUALITY PROGRESSIVE FORMAT``.

Reads one command a line and answers each with one line of JSON, as peers/sharp_worker.mjs does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.peers.python_peers import Resize, bare, naive, thumbor, versions, vips


class Monolambda:
    """Our engine as the service calls it, with the check of the header and the estimate of cost."""

    def __init__(self, *, width: int, quality: int, progressive: bool, format: str) -> None:
        from app.runtime.allocator import keep_freed

        keep_freed()  # as wsgi.py does
        self._query = [("w", str(width)), ("progressive", str(progressive).lower()), ("format", format)]
        self._query += [("quality", str(quality))] if format in ("jpeg", "webp", "avif") else []
        self.stage_cpu_s: Mapping[str, float] = {}

    def __call__(self, data: bytes) -> bytes:
        """Return the result, and keep the CPU seconds of each stage."""
        from app import imaging, options
        from app.core.config import Limits
        from app.core.deadline import Deadline, Stopwatch

        stopwatch = Stopwatch(time.process_time)
        work = imaging.prepare(data, options.parse(self._query), Limits())
        body = imaging.render(work, data, Deadline.after(60), stopwatch).body
        self.stage_cpu_s = stopwatch.seconds()
        return body


class Commands:
    """The commands a worker answers, each with numbers or texts by name."""

    def __init__(self, subject: str, resize: Resize, source: Path) -> None:
        self._subject = subject
        self._resize = resize
        self._source = source

    def loop(self, count: str) -> dict[str, Any]:
        """Resize ``count`` times and return the CPU seconds of all threads."""
        data = self._source.read_bytes()
        before = time.process_time()
        for _ in range(int(count)):
            self._resize(data)
        return {"cpu_s": time.process_time() - before}

    def save(self, path: str) -> dict[str, Any]:
        """Write one result."""
        return {"bytes": Path(path).write_bytes(self._resize(self._source.read_bytes()))}

    def stages(self, _: str) -> dict[str, Any]:
        """Return the CPU seconds of each stage of one resize, and their total; raise TypeError for a peer."""
        if not isinstance(self._resize, Monolambda):
            raise TypeError(f"only our engine times its stages, received {self._subject}")
        self._resize(self._source.read_bytes())
        return dict(self._resize.stage_cpu_s)

    def peak(self, tiny: str) -> dict[str, Any]:
        """Return resident bytes with everything loaded, and their peak over one resize, source bytes included."""
        self._resize(Path(tiny).read_bytes())
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak that loading left: proc(5)
        before = _resident_bytes("VmRSS")
        self._resize(self._source.read_bytes())
        return {"before": before, "peak": _resident_bytes("VmHWM")}

    def versions(self, _: str) -> dict[str, Any]:
        """Return the versions of this subject's libraries."""
        return versions(self._subject)


def _resident_bytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def main(subject: str, source: str, width: str, quality: str, progressive: str, format: str) -> None:
    """Answer commands until standard input ends."""
    subjects: dict[str, Callable[..., Resize]] = {
        "ours": Monolambda,
        "bare": bare,
        "naive": naive,
        "thumbor": thumbor,
        "vips": vips,
    }
    resize = subjects[subject](width=int(width), quality=int(quality), progressive=progressive == "true", format=format)
    commands = Commands(subject, resize, Path(source))
    for line in sys.stdin:
        name, _, argument = line.rstrip("\n").partition(" ")
        print(json.dumps(getattr(commands, name)(argument)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
