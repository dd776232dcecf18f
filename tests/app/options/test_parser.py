from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import options
from app.core.errors import InvalidParameter, ParameterError
from app.options import ResizeOptions

MARK = ("watermark", "0" * 32)
# surrogates too: JSON can spell them
any_text = st.text(st.characters(), max_size=40)
any_name = st.sampled_from([*options.TYPES, *options.ALIASES]) | any_text
any_scalar = st.none() | st.booleans() | st.integers() | st.floats() | any_text
any_json = st.recursive(any_scalar, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner), max_leaves=5)


def parses_or_refuses(pairs: list[tuple[str, object]]) -> None:
    problems: tuple[ParameterError, ...] = ()
    parsed = ResizeOptions()
    try:
        parsed = options.parse(pairs)
    except InvalidParameter as exc:
        problems = exc.errors
    msgspec.json.encode(problems)  # what cannot be written on the wire may not be repeated to the caller
    assert options.parse_canonical(parsed.canonical()) == parsed


@given(st.lists(st.tuples(any_name, any_text), max_size=8))
@example([("download", "\ud800.jpg")])
@example([("width", "\ud800")])
@example([("\ud800", "1")])
@example([("dpr", "nan")])
@example([("focal", "nan,nan")])
@example([("width", "٤٨٠")])
@example([("width", "9" * 5000)])
@example([("download", "a\n")])
def test_text_is_parsed_or_refused_with_invalid_parameter(pairs: list[tuple[str, object]]) -> None:
    parses_or_refuses(pairs)


@given(st.lists(st.tuples(any_name, any_json), max_size=4))
@example([("dpr", float("nan"))])
def test_json_is_parsed_or_refused_with_invalid_parameter(pairs: list[tuple[str, object]]) -> None:
    parses_or_refuses(pairs)


@pytest.mark.parametrize("alias", options.ALIASES)
def test_alias_means_its_option_and_counts_as_given_twice(alias: str) -> None:
    name = options.ALIASES[alias]
    value = options.describe(name).example
    assert options.parse([(alias, value)]) == options.parse([(name, value)])
    with pytest.raises(InvalidParameter) as caught:
        options.parse([(name, value), (alias, value)])
    assert [(e.parameter, e.received) for e in caught.value.errors] == [(alias, value)]


def test_every_mistake_is_reported_at_once() -> None:
    with pytest.raises(InvalidParameter) as caught:
        options.parse([("width", "0"), ("height", "many"), ("wdith", "4"), ("fit", "cover"), ("fit", "cover")])
    assert [(error.parameter, error.received) for error in caught.value.errors] == [
        ("width", "0"),
        ("height", "many"),
        ("wdith", "4"),
        ("fit", "cover"),
    ]


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(InvalidParameter, match="did you mean 'width'"):
        options.parse([("wdith", "1")])
    with pytest.raises(InvalidParameter, match="did you mean 'expires'"):
        options.parse([("expire", "1")], also=["expires"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("w", "480")], [("width", 480)]),
        ([("flip", "1")], [("flip", True)]),
        ([("flip", "false")], []),
        ([("dpr", "2")], [("dpr", 2.0)]),
        ([("format", "jpg")], [("format", "jpeg")]),
        ([("gravity", "centre")], []),
        ([("gravity", "Centre")], []),
        ([("fit", "Cover"), ("format", "JPG")], [("fit", "cover"), ("format", "jpeg")]),
        ([("gravity", "NorthEast"), ("metadata", "ALL")], [("gravity", "northeast"), ("metadata", "all")]),
        ([("upscale", "True"), ("flop", "TRUE")], [("upscale", True), ("flop", True)]),
        ([("radius", "MAX"), ("icc", "Keep")], [("radius", "max"), ("icc", "keep")]),
        ([("bg", "RED")], [("background", "#ff0000")]),
        ([("bg", "#f00")], [("background", "ff0000ff")]),
        ([("rotate", "-90")], [("rotate", 270)]),
        ([("rotate", "360")], []),
        ([("rotate", "-1e-20")], []),
        ([("brightness", "-0")], [("brightness", 0)]),
        ([("brightness", "-0.0")], [("brightness", 0)]),
        (
            [("watermark", "0" * 32), ("watermark_gravity", "centre")],
            [("watermark", "0" * 32), ("watermark_gravity", "center")],
        ),
        ([("pad", "5")], [("pad", "5,5,5,5")]),
        ([("greyscale", "1")], [("grayscale", True)]),
        ([("tint", "RED")], [("tint", "ff0000ff")]),
    ],
)
def test_values_that_mean_the_same_have_one_canonical_text(one: Any, other: Any) -> None:
    assert options.parse(one).canonical() == options.parse(other).canonical()


@pytest.mark.parametrize(
    "pairs",
    [
        [("aspect", "16:9:4"), ("width", "4")],
        [("aspect", "0:9"), ("width", "4")],
        [("crop", "0,0,10")],
        [("crop", "10")],
        [("crop", "0,0,0,10")],
        [("crop", "-1,0,10,10")],
        [("focal", "0.5")],
        [("focal", "0.5,1.5")],
        [("rotate", "361")],
        [("rotate", "nan")],
        [("rotate", "1_0")],
        [("tint", "transparent")],
        [("tint", "ff000080")],
        [("pad", "1,2")],
        [("radius", "0")],
        [("radius", "all")],
        [("watermark", "../x")],
        [("watermark", "0" * 33)],
        [("preset", "none")],
        [("watermark", "A" * 32)],
        [("radius", "NULL")],
        [("format", "svg")],
        [("background", "reddish")],
        [("download", "../x")],
        [("download", "")],
        [("width", "")],
        [("width", "480px")],
        [("width", None)],
        [("width", [480])],
    ],
)
def test_invalid_values_are_refused(pairs: Any) -> None:
    with pytest.raises(InvalidParameter):
        options.parse(pairs)


@pytest.mark.parametrize("name", ["null", "480", "true"])
def test_a_file_name_is_text_whatever_it_looks_like(name: str) -> None:
    assert options.parse([("download", name)]).download == name
    assert options.parse_canonical(f"download={name}").download == name


def test_too_many_parameters_are_refused_without_reading_them() -> None:
    pairs = [(f"name{index}", "1") for index in range(101)]
    with pytest.raises(InvalidParameter) as caught:
        options.parse(pairs)
    assert [(error.parameter, error.received) for error in caught.value.errors] == [("request", "more")]
    with pytest.raises(InvalidParameter) as caught:
        options.parse(pairs[1:])
    *named, rest = caught.value.errors
    assert [error.parameter for error in named] == [f"name{index}" for index in range(1, 21)]
    assert rest.detail == "80 more parameters are wrong"


def test_long_text_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidParameter) as caught:
        options.bounded([("url", "https://example.com/?token=secret" + "x" * 8000), ("v", "x" * 8000)])
    assert [(error.parameter, error.received) for error in caught.value.errors] == [("url", "8033 characters")]


def test_a_long_name_costs_no_search() -> None:
    with pytest.raises(InvalidParameter) as caught:
        options.parse([("width" + 36 * "h", "1"), ("widthh", "1")])
    assert [error.detail for error in caught.value.errors] == [
        "there is no such parameter",
        "there is no such parameter, did you mean 'width'?",
    ]
