"""One upload and one resize by the app in this process: ``python -m bench.limits_worker SOURCE QUERY``, JSON out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import requests  # noqa: F401 - part of the process that is measured

from bench.repeats import Door, door


def main(source: str, query: str) -> None:
    """Print the status of the resize, or of the upload when that was refused, and the peak of resident memory."""
    with TemporaryDirectory() as folder, door(folder, max_body_bytes=2**25) as app:
        status = _ask(app, Path(source), query)
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(json.dumps({"status": status, "peak": peak}))


def _ask(app: Door, source: Path, query: str) -> str:
    uploaded, _, body = app.answer(method="POST", path="/upload", body=source.read_bytes())
    if not uploaded.startswith("201"):
        return uploaded
    image = json.loads(body)["images"][0]["id"]
    return app.answer(query=f"id={image}&{query}")[0].split()[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
