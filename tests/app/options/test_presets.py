from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app import options
from app.core.config import ConfigError
from app.core.errors import InvalidParameter
from app.options import presets

PRESETS = presets.read(("avatar:width=96&h=96&fit=cover", "cut:crop=1%2C2%2C3%2C4"))


def test_a_preset_expands_to_its_options() -> None:
    parsed = options.parse([("preset", "avatar"), ("q", "50")], presets=PRESETS)
    assert parsed == options.parse([("width", 96), ("height", 96), ("fit", "cover"), ("quality", 50)])
    assert "preset" not in parsed.canonical()
    assert options.parse([("preset", "cut")], presets=PRESETS).crop == (1, 2, 3, 4)


def test_explicit_options_win_over_a_preset_also_by_alias() -> None:
    parsed = options.parse([("w", "10"), ("preset", "avatar"), ("fit", "fill")], presets=PRESETS)
    assert (parsed.width, parsed.height, parsed.fit) == (10, 96, "fill")


@pytest.mark.parametrize("name", ["", "Avatar", 5, None, ["avatar"], "\ud800"])
def test_an_unknown_preset_is_named(name: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"preset: expected the name of a preset \(avatar, cut\)") as caught:
        options.parse([("preset", name)], presets=PRESETS)
    msgspec.json.encode(caught.value.errors)


def test_a_preset_is_given_once() -> None:
    with pytest.raises(InvalidParameter, match="once"):
        options.parse([("preset", "avatar"), ("preset", "cut")], presets=PRESETS)


@pytest.mark.parametrize("text", ["", "a", "a:", ":width=1", "a:width=0", "a:wdith=1", "a b:width=1", "a:preset=a"])
def test_presets_that_could_never_work_are_refused_at_start(text: str) -> None:
    with pytest.raises(ConfigError, match="MONOLAMBDA_PRESETS"):
        presets.read((text,))
    with pytest.raises(ConfigError, match="MONOLAMBDA_PRESETS"):
        presets.read(("a:width=1", "a:width=2"))
