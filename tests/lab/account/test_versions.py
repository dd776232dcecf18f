"""Versions and aliases of functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.account.function import Function
from lab.account.versions import Alias, Functions, ResourceConflict, ResourceNotFound
from tests.conftest import FakeClock


def function(**given: object) -> Function:
    return Function(package=Path("/p"), python=Path("/py"), runtime_client=Path("/r"), name="f", **given)  # type: ignore[arg-type]


def test_versions_are_frozen_copies() -> None:
    functions = Functions(function(code="one"))
    assert functions.publish("f").version == "1"
    functions.update("f", package=Path("/q"), code="two")
    assert functions.publish("f").version == "2"
    assert [functions.for_invocation("f", version).code for version in ("", "$LATEST", "1", "2")] == [
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
    # which draws nothing
    assert functions.named_by("f", "live").version == "1"
    assert [functions.for_invocation("f", "live").version for _ in range(2)] == ["2", "1"]


def test_unknown_names_are_not_found_and_known_ones_conflict() -> None:
    functions = Functions(function())
    for name, qualifier in (("g", ""), ("f", "3"), ("f", "live")):
        with pytest.raises(ResourceNotFound):
            functions.for_invocation(name, qualifier)
    with pytest.raises(ResourceNotFound):
        functions.put_alias("f", Alias(name="live", version="9"), new=True)
    with pytest.raises(ResourceConflict):
        functions.add(function())


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "live"},
        {"version": ""},
        {"version": "1", "weights": {"live": 1.0}},
        {"version": "1", "weights": {"": 1.0}},
    ],
)
def test_an_alias_points_to_a_version(wrong: dict[str, Any]) -> None:
    functions = Functions(function())
    functions.publish("f")
    functions.put_alias("f", Alias(name="live", version="1"), new=True)
    for name, new in (("next", True), ("live", False)):
        with pytest.raises(ResourceNotFound, match="Function not found"):
            functions.put_alias("f", Alias(name=name, **wrong), new=new)
    assert functions.aliases("f") == [Alias(name="live", version="1")]


def test_an_update_is_in_progress_then_both_codes_are_served_then_one() -> None:
    clock, draws = FakeClock(100.0), iter([0.9, 0.9, 0.1, 0.1, 0.9, 0.9])
    functions = Functions(function(code="one"), clock=clock, draw=lambda: next(draws))
    one = functions.for_invocation("f")
    functions.update("f", package=Path("/q"), code="two", takes_s=10.0, overlap_s=4.0)
    seen = []
    # twice in the middle of the overlap, where half of the invocations get either code
    for clock.seconds in (109.9, 112.0, 112.0, 113.9, 113.9, 114.1):
        seen.append((functions.update_status("f"), functions.for_invocation("f").code, functions.is_served(one)))
    assert seen == [
        ("InProgress", "one", True),
        ("Successful", "one", True),
        ("Successful", "two", True),
        ("Successful", "two", True),
        ("Successful", "two", True),
        ("Successful", "two", False),
    ]
    assert functions.named_by("f").code == "two"


def test_an_update_leaves_published_versions_alone() -> None:
    functions = Functions(function(code="one"), clock=FakeClock(100.0))
    functions.publish("f")
    functions.update("f", package=Path("/q"), code="two", takes_s=10.0)
    assert [functions.for_invocation("f", version).code for version in ("1", "$LATEST")] == ["one", "one"]
    assert functions.publish("f").code == "two"
