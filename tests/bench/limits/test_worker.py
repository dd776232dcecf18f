from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.limits.large_images import STILL
from measurement.stamps import ROOT


@pytest.mark.parametrize(("query", "status"), [("w=50", "200"), ("w=8000&format=webp&upscale=true", "422")])
def test_the_worker_prints_the_status_and_the_peak_of_memory(tmp_path: Path, query: str, status: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(STILL["JPEG"](10_000))
    command = [sys.executable, "-m", "bench.limits.worker", str(source), query]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert found["status"] == status
    assert found["peak_bytes"] > 2**24
