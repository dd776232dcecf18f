"""Pixels and facts do not change without ENGINE, and pins are not renewed without it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
import pytest

from tests.golden import digests
from tests.golden.digests import PINNED_HERE

ROOT = Path(__file__).parents[2]
RENEW = "if pixels or facts were meant to change, raise _ENGINE in app/imaging/__init__.py, then run: make golden"


@PINNED_HERE
@pytest.mark.parametrize(("source", "query"), digests.CASES)
def test_pixels_are_the_pinned_ones(source: str, query: str) -> None:
    assert digests.digest(source, query) == digests.pinned().digests[digests.name(source, query)], RENEW


@pytest.mark.skipif(not os.environ.get("CI"), reason="elsewhere other codecs and processors are no mistake")
def test_ci_is_where_the_pins_hold() -> None:
    """Anywhere else every comparison is skipped."""
    assert digests.environment() == digests.pinned().environment, RENEW


def test_the_pins_are_of_this_engine_and_of_the_pillow_that_is_deployed() -> None:
    pins = digests.pinned()
    assert pins.engine == digests.engine(), RENEW
    deployed = re.findall(r"(?i)^pillow==(\S+)", (ROOT / "requirements-lambda.txt").read_text(), re.MULTILINE)
    assert [pins.environment["pillow"]] == deployed, RENEW
    assert set(pins.digests) == {digests.name(*case) for case in digests.CASES}, RENEW


@pytest.fixture
def now() -> digests.Pins:
    """Return the committed pins, as if they had just been made."""
    return digests.pinned()


@pytest.fixture
def path(tmp_path: Path, now: digests.Pins) -> Path:
    """Return a file of pins in which one result had other pixels."""
    before = {**now.digests, next(iter(now.digests)): "0" * 24}
    path = tmp_path / "digests.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(now, digests=before)))
    return path


def test_changed_pixels_are_not_pinned_without_another_engine(now: digests.Pins, path: Path) -> None:
    kept = path.read_bytes()
    with pytest.raises(SystemExit, match=r"results changed, but ENGINE is \d+ as before[^\0]*progressive-420"):
        digests.pin(now, path)
    assert path.read_bytes() == kept


def test_they_are_pinned_with_one(now: digests.Pins, path: Path) -> None:
    another = msgspec.structs.replace(now, engine="1")
    assert digests.pin(another, path) == f"ENGINE 1: {len(digests.CASES)} results pinned, 1 of them changed"
    assert digests.pinned(path) == another


def test_an_engine_that_was_never_released_is_pinned_again(now: digests.Pins, path: Path) -> None:
    digests.pin(now, path, unreleased=True)
    assert path.read_bytes() == digests.PINS.read_bytes()


def test_a_new_case_needs_no_other_engine(now: digests.Pins, path: Path) -> None:
    fewer = msgspec.structs.replace(now, digests=dict(list(now.digests.items())[1:]))
    path.write_bytes(msgspec.json.encode(fewer))
    digests.pin(now, path)
    assert digests.pinned(path) == now
