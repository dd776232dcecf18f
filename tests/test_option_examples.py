"""The pictures of /docs: one pair for each option, as the service makes them now."""

from __future__ import annotations

import json

import pytest

from app import options
from docs import option_examples
from docs.examples import FOLDER, files
from tests.golden.digests import PINNED_HERE

LISTED = json.loads((FOLDER / "examples.json").read_text())


@PINNED_HERE
def test_the_pictures_are_what_the_service_makes() -> None:
    made = files()
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(kept) == sorted(made), "run `python -m docs.examples`"
    assert kept == made, "run `python -m docs.examples`"


@pytest.mark.parametrize("name", options.TYPES)
def test_every_option_has_its_pair(name: str) -> None:
    assert LISTED[name]["query"] == option_examples.query_of(name)
    assert f"{name}={option_examples.value_of(name)}" in LISTED[name]["query"]
    if name not in ("download", "metadata", "icc", "frames"):  # no eye sees these on a still photo
        assert LISTED[name]["before"]["file"] != LISTED[name]["after"]["file"]
