"""Estimates stay near those that the benchmark compared with measurements, in both directions.

One that is too low lets a request run out of time or memory; one that is too high refuses what would have fitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec.structs import replace

from app import imaging
from app.imaging.headers import Header
from app.imaging.work import planned
from bench.cost_model.cases import CASES, CostCase
from bench.cost_model.experiment import NOT_TOO_LOW
from bench.cost_model.noise import draw
from tests.support.resampling import needs_library
from tests.support.work import LIMITS, options

RESULTS: Final = Path(__file__).parents[4] / "bench" / "results.json"
FIGURES: Final[Mapping[str, Any]] = json.loads(RESULTS.read_text())["experiments"]["cost"]["cases"]
# the sides of what the benchmark draws, over the sides of what is drawn here
SCALE: Final = 5
# a model that is measured anew may move this far before the benchmark has to be run again
FACTOR: Final = 1.5


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Header]:
    """Return the headers of the noise that the benchmark draws, of which a small part is drawn."""
    folder = draw(tmp_path_factory.mktemp("noise"), side=2000 // SCALE)
    return {path.name: enlarged(imaging.probe(path.read_bytes(), LIMITS)) for path in folder.iterdir()}


def enlarged(header: Header) -> Header:
    """Return the header of a file of the same noise with longer sides."""
    width, height = SCALE * header.stored_width, SCALE * header.stored_height
    names = ("bytes", "coded", "largest", "block", "unpacked", "covered", "metadata")
    amounts = {name: SCALE**2 * getattr(header, name) for name in names}
    return replace(header, stored_width=width, stored_height=height, **amounts)


@needs_library
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_estimate_is_neither_halved_nor_doubled(case: CostCase, headers: Mapping[str, Header]) -> None:
    mark = headers[case.watermark] if "watermark" in case.options else None
    chosen = options(**{name: str(value).lower() for name, value in case.options.items()})
    cost = planned(headers[case.source], chosen, LIMITS, mark=mark).cost
    figures = FIGURES[case.name]
    for now, unit, measured, ratio in (
        (cost.cpu_s, 1, "CPU measured", "CPU, estimated / measured"),
        (cost.memory_bytes, 2**20, "memory measured", "memory, estimated / measured"),
    ):
        before = figures[measured] * figures[ratio]["median"] * unit
        assert before / FACTOR <= now <= before * FACTOR, measured
        assert now >= NOT_TOO_LOW.value * figures[measured] * unit, measured


def test_every_format_is_read_and_written_among_them() -> None:
    sources = {case.source.rpartition(".")[2] for case in CASES}
    assert sources == {"jpg", "png", "webp", "avif", "tif", "bmp", "gif", "heic"}
    assert {case.options.get("format") for case in CASES} >= {"jpeg", "png", "webp", "avif", "tiff", "gif"}
