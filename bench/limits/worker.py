"""One upload and one resize by the app in this process: ``python -m bench.limits.worker SOURCE QUERY``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import requests  # noqa: F401 - part of the process that is measured

from bench.repeats.wsgi_client import WsgiClient, app_client


def main(source: str, query: str) -> None:
    """Print the status of the resize, or of a refused upload, and the peak of resident memory, as JSON."""
    with TemporaryDirectory() as folder, app_client(folder, max_body_bytes=2**25) as client:
        status = _status(client, Path(source), query)
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(json.dumps({"status": status, "peak_bytes": peak}))


def _status(client: WsgiClient, source: Path, query: str) -> str:
    uploaded, _, body = client.send(method="POST", path="/upload", body=source.read_bytes())
    if not uploaded.startswith("201"):
        return uploaded
    image = json.loads(body)["images"][0]["id"]
    return client.send(query=f"id={image}&{query}")[0].split()[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
