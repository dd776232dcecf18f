"""The sources of the costly experiments are what their names say; a refusal is told from an answer."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bench.cost_cases import CASES
from bench.cost_sources import draw
from bench.limits_sources import KINDS, LONG, LONG_FRAMES, MOVING
from measurement.stamps import ROOT


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_drawn_at_the_pixels_asked_for(name: str) -> None:
    with opened(KINDS[name](10_000)) as image:
        assert image.size == (100, 100)
        assert name.upper().endswith(str(image.format))
        assert ("progressive" in name) == bool(image.info.get("progressive"))
        assert ("RGBA" in name) == (image.mode == "RGBA")


@pytest.mark.parametrize("name", MOVING)
def test_what_moves_has_frames(name: str) -> None:
    with opened(MOVING[name](10_000)) as image:
        assert getattr(image, "n_frames", 1) == 3
        assert image.size == (100, 100)


def test_the_long_animation_is_long() -> None:
    with opened(LONG()) as image:
        assert getattr(image, "n_frames", 1) == LONG_FRAMES


def test_every_row_of_the_cost_model_has_its_source(tmp_path: Path) -> None:
    draw(tmp_path, side=40)
    assert {case.source for case in CASES} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("query", "status"), [("w=50", "200"), ("w=8000&format=webp&upscale=true", "422")])
def test_the_worker_tells_what_the_app_answered_and_what_it_took(tmp_path: Path, query: str, status: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(KINDS["JPEG"](10_000))
    command = [sys.executable, "-m", "bench.limits_worker", str(source), query]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    assert found["status"] == status
    assert found["peak"] > 2**24
