"""Estimates for stills stay near those that the benchmark compared with measurements, in both directions.

One that is too low lets a request run out of time or memory; one that is too high refuses what would have fitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image

from app import imaging
from bench.cost_model.cases import CASES, CostCase
from bench.cost_model.experiment import NOT_TOO_LOW
from tests.support import drawing
from tests.support.work import LIMITS, options

RESULTS: Final = Path(__file__).parents[4] / "bench" / "results.json"
FIGURES: Final[Mapping[str, Any]] = json.loads(RESULTS.read_text())["experiments"]["cost"]["cases"]
SOURCES: Final = ("rgb.jpg", "rgba.png", "rgb.webp")
STILLS: Final = [case for case in CASES if case.source in SOURCES and case.options.get("format") != "gif"]
# a model that is measured anew may move this far before the benchmark has to be run again
FACTOR: Final = 1.5


@pytest.fixture(scope="module")
def sources() -> Mapping[str, bytes]:
    """Return the noise that the benchmark draws."""
    rgba = Image.fromarray(np.random.default_rng(7).integers(0, 256, (2000, 2000, 4), np.uint8))
    rgb = rgba.convert("RGB")
    return {
        "rgb.jpg": drawing.encoded(rgb, "JPEG", quality=90),
        "rgba.png": drawing.encoded(rgba, "PNG", compress_level=1),
        "rgb.webp": drawing.encoded(rgb, "WEBP", method=0),
    }


@pytest.mark.parametrize("case", STILLS, ids=lambda case: case.name)
def test_an_estimate_is_neither_halved_nor_doubled(case: CostCase, sources: Mapping[str, bytes]) -> None:
    mark = sources["rgba.png"] if "watermark" in case.options else b""
    chosen = options(**{name: str(value).lower() for name, value in case.options.items()})
    cost = imaging.prepare(sources[case.source], chosen, LIMITS, watermark=mark).cost
    figures = FIGURES[case.name]
    for now, unit, measured, ratio in (
        (cost.cpu_s, 1, "CPU measured", "CPU, estimated / measured"),
        (cost.memory_bytes, 2**20, "memory measured", "memory, estimated / measured"),
    ):
        before = figures[measured] * figures[ratio]["median"] * unit
        assert before / FACTOR <= now <= before * FACTOR, measured
        assert now >= NOT_TOO_LOW.value * figures[measured] * unit, measured


def test_most_steps_and_formats_are_among_them() -> None:
    assert len(STILLS) > 60
    assert {case.options.get("format") for case in STILLS} >= {"jpeg", "png", "webp", "avif", "tiff"}
