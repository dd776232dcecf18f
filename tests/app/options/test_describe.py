"""What the docs say of an option is what the parser accepts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app import options
from app.core.config import MAX_SIDE
from app.core.errors import InvalidParameter

# what an example needs beside it to be accepted
NEEDED = {"aspect": [("width", "480")]}
NEEDED |= {name: [("watermark", "0" * 32)] for name in options.TYPES if name.startswith("watermark_")}

RANGE = re.compile(r"(?P<kind>an integer|a number) from (?P<low>[\d.]+) to (?P<high>[\d.]+)(, or max)?")
RANGES = [
    (name, found) for name in options.TYPES if (found := RANGE.fullmatch(options.describe(name).expected)) is not None
]
LISTS = [
    (name, re.split(", | or ", options.describe(name).expected))
    for name in options.TYPES
    if re.fullmatch("[a-z]+(, [a-z]+)* or [a-z]+", options.describe(name).expected)
]


def parse(name: str, value: object) -> Any:
    return getattr(options.parse([(name, value), *NEEDED.get(name, [])]), name)


@pytest.mark.parametrize("name", options.TYPES)
def test_every_option_has_a_description(name: str) -> None:
    option = options.describe(name)
    assert option.name == name
    assert option.meaning
    assert option.expected


@pytest.mark.parametrize("name", options.TYPES)
def test_the_example_is_accepted_and_is_not_the_default(name: str) -> None:
    assert parse(name, options.describe(name).example) != getattr(options.ResizeOptions(), name)


def test_most_options_list_their_bounds_or_words() -> None:
    assert len(RANGES) >= 17
    assert len(LISTS) >= 8


@pytest.mark.parametrize(("name", "found"), RANGES, ids=[name for name, _ in RANGES])
def test_bounds_are_inclusive_and_match_the_description(name: str, found: re.Match[str]) -> None:
    low, high, step = float(found["low"]), float(found["high"]), 1 if found["kind"] == "an integer" else 0.01
    for within in (low, high):
        assert parse(name, f"{within:.15g}") == within
    for beyond in (low - step, high + step):
        with pytest.raises(InvalidParameter, match=re.escape(f"expected {options.describe(name).expected}")):
            parse(name, f"{beyond:.15g}")


@pytest.mark.parametrize(("name", "words"), LISTS, ids=[name for name, _ in LISTS])
def test_only_the_listed_words_are_accepted(name: str, words: list[str]) -> None:
    for word in words:
        assert str(parse(name, word)).lower() == word
    with pytest.raises(InvalidParameter):
        parse(name, "other")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("width", f"an integer from 1 to {MAX_SIDE}"),
        ("dpr", "a number from 0.5 to 5"),
        ("radius", f"an integer from 1 to {MAX_SIDE}, or max"),
        ("pad", f"one or four integers from 0 to {MAX_SIDE}"),
        ("fit", "inside, cover, contain, fill or outside"),
        ("format", "auto, jpeg, png, webp, gif, avif or tiff"),
        ("upscale", "true or false"),
        ("rotate", "a number of degrees from -360 to 360"),
    ],
)
def test_words(name: str, expected: str) -> None:
    assert options.describe(name).expected == expected


def test_short_names() -> None:
    assert options.ALIASES == {
        **{"w": "width", "h": "height", "position": "gravity", "bg": "background", "fm": "format", "q": "quality"},
        "greyscale": "grayscale",
    }
