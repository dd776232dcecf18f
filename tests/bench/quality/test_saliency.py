"""What we keep of 24 pictures beside what sharp keeps of them, as ``python -m bench saliency`` recorded it."""

from __future__ import annotations

import json

import pytest

from bench.quality.saliency import GRAVITIES, RECORD, overlap, overlaps


@pytest.mark.parametrize("gravity", GRAVITIES)
def test_the_part_that_sharp_keeps_is_kept(gravity: str) -> None:
    theirs = json.loads(RECORD.read_text())["crops"]
    found = overlaps(theirs, gravity)
    assert len(theirs) == 2 * 24
    assert set(found) == {"subject", "person", "horizon"}
    for group, (ours, middle) in found.items():
        assert ours >= 0.6, group
        assert ours > middle, group


def test_overlap_is_intersection_over_union() -> None:
    assert overlap((0, 0, 1, 1), (0, 0, 1, 1)) == 1
    assert overlap((0, 0, 1, 1), (0.5, 0, 1.5, 1)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (2, 2, 3, 3)) == 0
