from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from bench.engine.quality import QUALITIES, best_quality, size_and_ssim
from bench.engine.task import ResizeTask
from measurement.processes import Worker
from tests.support import drawing


class Saved:
    """A subject whose result is known."""

    def __init__(self, result: bytes) -> None:
        self._result = result

    def ask(self, _: str, path: Path) -> dict[str, Any]:
        return {"bytes": path.write_bytes(self._result)}


@pytest.mark.parametrize("broken", [0, 4, 8])
def test_frames_all_along_an_animation_are_compared(tmp_path: Path, broken: int) -> None:
    frames = [drawing.photo(96, 64, seed=seed) for seed in range(9)]
    source = tmp_path / "moving.gif"
    source.write_bytes(drawing.animation("GIF", frames, duration=50))
    frames[broken] = drawing.noise(96, 64)
    results = {"whole": source.read_bytes(), "broken": drawing.animation("GIF", frames, duration=50)}
    workers = cast("dict[str, Worker]", {name: Saved(result) for name, result in results.items()})
    found = dict(size_and_ssim(ResizeTask(source, format="gif", width=96), workers))
    assert found["broken"][1] < found["whole"][1] - 0.2


@pytest.mark.parametrize(("max_bytes", "quality"), [(5000, 50), (5099, 50), (5100, 51), (9400, 94), (20_000, 94)])
def test_the_best_quality_stays_within_the_bytes(max_bytes: int, quality: int) -> None:
    assert best_quality(lambda quality: 100 * quality, max_bytes) == quality


def test_the_lowest_quality_is_used_if_none_is_small_enough() -> None:
    assert best_quality(lambda quality: 100 * quality, 10) == QUALITIES[0]
