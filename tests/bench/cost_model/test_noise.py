from __future__ import annotations

from pathlib import Path

from bench.cost_model.cases import CASES
from bench.cost_model.noise import draw


def test_the_source_of_every_case_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path, side=40)
    assert {case.source for case in CASES} <= {path.name for path in tmp_path.iterdir()}
