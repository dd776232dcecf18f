from __future__ import annotations

from pathlib import Path

import pytest

from bench.engine.worker import Commands, Monolambda
from tests.support.drawing import encoded, noise


def test_our_engine_times_each_stage(tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    source.write_bytes(encoded(noise(320, 240), "JPEG"))
    engine = Monolambda(width=100, quality=80, progressive=True, format="jpeg")
    cpu_s = Commands("ours", engine, source).stages("")
    assert set(cpu_s) == {"decode", "resize", "encode", "total"}
    assert cpu_s["total"] >= cpu_s["decode"] + cpu_s["resize"] + cpu_s["encode"] > 0
    with pytest.raises(TypeError, match="received naive"):
        Commands("naive", bytes, source).stages("")
