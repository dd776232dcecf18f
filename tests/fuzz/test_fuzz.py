"""Known input at every door: the seeds, what once showed a bug, and broken copies of both from fixed seeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.formats import FORMATS
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import FOUND, all_targets, found

TARGETS = all_targets()
# a few hundred milliseconds for each target
COPIES = {"options": 400, "events": 60, "http": 120, "multipart": 40}


def test_there_is_a_target_for_every_format_and_every_door() -> None:
    assert set(FORMATS) | {"options", "http", "multipart", "events"} == set(TARGETS)
    assert {path.name for path in FOUND.iterdir() if path.is_dir()} <= set(TARGETS)


# Pillow warns of broken metadata, and Werkzeug leaves half a form to the garbage collector
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TARGETS)
def test_no_broken_input_shows_a_bug(tmp_path: Path, name: str) -> None:
    target, dice = TARGETS[name], random.Random(name)
    check, known = target.open(tmp_path), [*target.seeds(), *found(name).values()]
    for data in known:
        check(data)
    for number in range(COPIES.get(name, 60)):
        data = mutated(dice, known)
        try:
            check(data)
        except Exception as exc:
            raise AssertionError(f"copy {number} of {name} is {data!r}") from exc


@pytest.mark.parametrize("break_it", [lambda data: 1 / 0, lambda data: data[9999]])
def test_a_bug_is_noticed(tmp_path: Path, break_it: Callable[[bytes], object]) -> None:
    """A target that swallowed what it is looking for would never find anything."""
    from tests.fuzz.explore import explore

    def check(data: bytes) -> None:
        if data.startswith(b"\xff"):
            break_it(data)

    assert explore(check, [b"a"], tmp_path, seconds=60) is not None
