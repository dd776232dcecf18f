from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from measurement.stamps import ROOT
from tests.support.drawing import encoded, noise


@pytest.mark.parametrize("watermarked", [False, True])
def test_estimate_and_measurement_are_both_printed(tmp_path: Path, watermarked: bool) -> None:
    source, mark = tmp_path / "source.png", tmp_path / "mark.png"
    source.write_bytes(encoded(noise(600, 400), "PNG"))
    mark.write_bytes(encoded(noise(60, 40, "RGBA"), "PNG"))
    query = json.dumps({"blur": "3", **({"watermark": "0" * 32} if watermarked else {})})
    command = [sys.executable, "-m", "bench.cost_model.worker", str(source), query, str(mark) if watermarked else ""]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert set(found) == {"cpu_s", "estimated_cpu_s", "memory_bytes", "estimated_memory_bytes"}
    assert found["cpu_s"] > 0
    assert found["estimated_cpu_s"] > 0
    assert found["estimated_memory_bytes"] > 600 * 400 * 3
