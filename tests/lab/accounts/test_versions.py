"""Versions and aliases of functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.accounts.function import Function
from lab.accounts.versions import Alias, Functions, ResourceConflict, ResourceNotFound


def function(**given: object) -> Function:
    return Function(package=Path("/p"), python=Path("/py"), runtime_client=Path("/r"), name="f", **given)  # type: ignore[arg-type]


def test_versions_are_frozen_copies() -> None:
    functions = Functions(function(code="one"))
    assert functions.publish("f").version == "1"
    functions.update("f", package=Path("/q"), code="two")
    assert functions.publish("f").version == "2"
    assert [functions.resolve("f", version).code for version in ("", "$LATEST", "1", "2")] == [
        "two",
        "two",
        "one",
        "two",
    ]


def test_unchanged_code_gives_the_same_version() -> None:
    functions = Functions(function())
    assert functions.publish("f").version == functions.publish("f").version == "1"


def test_an_alias_routes_its_weight_to_the_other_version() -> None:
    draws = iter([0.05, 0.15])
    functions = Functions(function(code="one"), draw=lambda: next(draws))
    functions.publish("f")
    functions.update("f", package=Path("/q"), code="two")
    functions.publish("f")
    functions.put_alias("f", Alias(name="live", version="1", weights={"2": 0.1}), new=True)
    assert [functions.resolve("f", "live").version for _ in range(2)] == ["2", "1"]


def test_unknown_names_are_not_found_and_known_ones_conflict() -> None:
    functions = Functions(function())
    for name, qualifier in (("g", ""), ("f", "3"), ("f", "live")):
        with pytest.raises(ResourceNotFound):
            functions.resolve(name, qualifier)
    with pytest.raises(ResourceNotFound):
        functions.put_alias("f", Alias(name="live", version="9"), new=True)
    with pytest.raises(ResourceConflict):
        functions.add(function())
