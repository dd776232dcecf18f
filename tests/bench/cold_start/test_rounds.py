from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench.cold_start.rounds import check_result, figures_of
from measurement.figures import Target
from measurement.processes import ProcessTime


def test_ratios_are_taken_within_each_round() -> None:
    rounds = [
        {"ours": ProcessTime(mine, 2 * mine), "bare": ProcessTime(other, 8 * other)}
        for mine, other in ((1, 2), (20, 10), (3, 3))
    ]
    figures = figures_of(rounds, {"ours": "Monolambda", "bare": "bare Flask"}, {"bare": Target(1.15)})
    found = {(each.case, each.measure): each for each in figures}
    assert found["CPU", "Monolambda"].spread.median == 3000
    assert found["CPU", "Monolambda / bare"].spread.median == 1
    assert found["CPU", "Monolambda / bare"].met
    assert found["wall clock", "Monolambda / bare"].spread.median == 0.25
    assert found["wall clock", "Monolambda / bare"].target is None


@pytest.mark.parametrize(("name", "width"), [("png", 480), ("jpeg", 479)])
def test_another_image_than_the_one_requested_is_refused(tmp_path: Path, name: str, width: int) -> None:
    path = tmp_path / "ours.jpg"
    Image.new("RGB", (width, 10)).save(path, name)
    with pytest.raises(RuntimeError, match=r"ours\.jpg: expected a JPEG 480 wide"):
        check_result(path)
