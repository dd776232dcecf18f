from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import options
from app.config import ConfigError
from app.errors import InvalidParameter, ParameterError
from app.options import ResizeOptions, presets
from app.options.contradictions import contradictions

FILE_NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/\\"), min_size=1, max_size=200
)

# options whose text is more than their type says
DIGITS = "0123456789abcdef"
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "background": st.none() | st.text(DIGITS, min_size=8, max_size=8),
    "tint": st.none() | st.text(DIGITS, min_size=6, max_size=6).map(lambda text: text + "ff"),
    "watermark": st.none() | st.text(DIGITS, min_size=32, max_size=32),
    # the word null is how a JSON null reads in a query, so it cannot be a name
    "download": st.none() | FILE_NAMES.filter(lambda text: text != "null"),
}


def values_of(kind: Any, bounds: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:
    """Draw what an annotation allows, so that a new option is covered on the day it is added."""
    bounds = bounds or {}
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        found = [(name, getattr(meta, name)) for meta in parts[1:] for name in ("ge", "le", "lt")]
        return values_of(parts[0], bounds | {name: value for name, value in found if value is not None})
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(part, bounds) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.tuples(*[values_of(part) for part in parts])
    return {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.integers(bounds.get("ge"), bounds.get("le")),
        float: st.floats(
            bounds.get("ge"), bounds.get("le", bounds.get("lt")), allow_nan=False, exclude_max="lt" in bounds
        ),
    }[kind]


def is_asked_for(name: str, value: Any) -> bool:
    defaults = dict(zip(ResizeOptions.__struct_fields__, ResizeOptions.__struct_defaults__, strict=True))
    return bool(value != defaults[name])


def is_possible(given: dict[str, Any]) -> bool:
    return not contradictions({name: value for name, value in given.items() if is_asked_for(name, value)})


option_sets = (
    st.fixed_dictionaries(
        {}, optional={n: SPECIAL[n] if n in SPECIAL else values_of(options.TYPES[n]) for n in options.TYPES}
    )
    .filter(is_possible)
    .map(lambda given: ResizeOptions(**given))
)

ONE_OF_EACH = [(name, (options.meta(name).examples or [""])[0]) for name in options.TYPES]


@given(option_sets)
@example(ResizeOptions(download="jpg"))  # a name, not the format it abbreviates
def test_parse_undoes_canonical(asked: ResizeOptions) -> None:
    assert options.parse_canonical(asked.canonical()) == asked


@given(option_sets, option_sets)
@example(ResizeOptions(width=12, height=3), ResizeOptions(width=1, height=23))
@example(ResizeOptions(width=None), ResizeOptions(height=None))
@example(ResizeOptions(download="a&width=1"), ResizeOptions(download="a", width=1))
def test_only_equal_options_share_a_canonical_text(one: ResizeOptions, other: ResizeOptions) -> None:
    assert (one.canonical() == other.canonical()) == (one == other)


def test_zero_has_one_canonical_text() -> None:
    assert options.parse([("focal", "-0.0,0")]).canonical() == options.parse([("focal", "0,0")]).canonical()


@given(option_sets)
def test_canonical_text_says_nothing_of_defaults_and_is_sorted(asked: ResizeOptions) -> None:
    names = [pair.partition("=")[0] for pair in asked.canonical().split("&") if pair]
    assert names == sorted(name for name in options.TYPES if is_asked_for(name, getattr(asked, name)))


@pytest.mark.parametrize(("name", "example"), ONE_OF_EACH)
def test_documented_example_is_accepted_and_is_not_the_default(name: str, example: str) -> None:
    needed = {"aspect": [("width", "480")]}.get(name, [])
    needed += [("watermark", "0" * 32)] if name.startswith("watermark_") else []
    assert is_asked_for(name, getattr(options.parse([(name, example), *needed]), name))


@pytest.mark.parametrize("name", options.TYPES)
def test_every_option_says_what_it_is(name: str) -> None:
    found = options.meta(name)
    assert found.description
    assert (found.extra or {})["expected"]


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
    value = dict(ONE_OF_EACH)[name]
    assert options.parse([(alias, value)]) == options.parse([(name, value)])
    with pytest.raises(InvalidParameter) as caught:
        options.parse([(name, value), (alias, value)])
    assert [(e.parameter, e.received) for e in caught.value.errors] == [(alias, value)]


def test_every_mistake_is_told_at_once() -> None:
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
    ("name", "low", "high"),
    [("width", 1, 8192), ("height", 1, 8192), ("quality", 1, 100), ("dpr", 0.5, 5)],
)
def test_numbers_have_inclusive_bounds(name: str, low: float, high: float) -> None:
    assert getattr(options.parse([(name, str(low))]), name) == low
    assert getattr(options.parse([(name, str(high))]), name) == high
    for beyond in (low - 0.5 if name == "dpr" else low - 1, high + 1):
        with pytest.raises(InvalidParameter):
            options.parse([(name, str(beyond))])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("w", "480")], [("width", 480)]),
        ([("flip", "1")], [("flip", True)]),
        ([("flip", "false")], []),
        ([("dpr", "2")], [("dpr", 2.0)]),
        ([("format", "jpg")], [("format", "jpeg")]),
        ([("gravity", "centre")], []),
        ([("bg", "RED")], [("background", "#ff0000")]),
        ([("bg", "#f00")], [("background", "ff0000ff")]),
        ([("rotate", "-90")], [("rotate", 270)]),
        ([("rotate", "360")], []),
        ([("rotate", "-1e-20")], []),
        ([("brightness", "-0")], [("brightness", 0)]),
        ([("pad", "5")], [("pad", "5,5,5,5")]),
        ([("greyscale", "1")], [("grayscale", True)]),
        ([("tint", "RED")], [("tint", "ff0000ff")]),
    ],
)
def test_words_that_mean_the_same_are_the_same_options(one: Any, other: Any) -> None:
    assert options.parse(one).canonical() == options.parse(other).canonical()


@pytest.mark.parametrize(
    "pairs",
    [
        [("aspect", "16:9")],
        [("aspect", "16:9"), ("width", "4"), ("height", "3")],
        [("focal", "0,0"), ("gravity", "north")],
        [("aspect", "16:9:4"), ("width", "4")],
        [("aspect", "0:9"), ("width", "4")],
        [("crop", "0,0,10")],
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
        [("watermark_opacity", "0.5")],
        [("gravity", "entropy")],
        [("gravity", "attention"), ("fit", "cover"), ("width", "9")],
        [("gravity", "attention"), ("fit", "cover"), ("width", "9"), ("height", "9"), ("rotate", "5")],
        [("lossless", "true"), ("format", "jpeg")],
        [("lossless", "true"), ("quality", "50")],
        [("lossless", "true"), ("max_bytes", "5000")],
        [("max_bytes", "5000"), ("format", "png")],
        [("frames", "2"), ("format", "jpeg")],
        [("metadata", "all"), ("format", "gif")],
        [("icc", "keep"), ("format", "gif")],
        [("saturation", "2"), ("grayscale", "true")],
        [("preset", "none")],
        [("fit", "Cover")],
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
def test_what_cannot_be_meant_is_refused(pairs: Any) -> None:
    with pytest.raises(InvalidParameter):
        options.parse(pairs)


PRESETS = presets.read(("avatar:width=96&h=96&fit=cover", "cut:crop=1%2C2%2C3%2C4"))


def test_a_preset_is_what_it_stands_for() -> None:
    asked = options.parse([("preset", "avatar"), ("q", "50")], presets=PRESETS)
    assert asked == options.parse([("width", 96), ("height", 96), ("fit", "cover"), ("quality", 50)])
    assert "preset" not in asked.canonical()
    assert options.parse([("preset", "cut")], presets=PRESETS).crop == (1, 2, 3, 4)


def test_explicit_options_win_over_a_preset_also_by_alias() -> None:
    asked = options.parse([("w", "10"), ("preset", "avatar"), ("fit", "fill")], presets=PRESETS)
    assert (asked.width, asked.height, asked.fit) == (10, 96, "fill")


@pytest.mark.parametrize("name", ["", "Avatar", 5, None, ["avatar"], "\ud800"])
def test_an_unknown_preset_is_named(name: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"preset: expected the name of a preset \(avatar, cut\)") as caught:
        options.parse([("preset", name)], presets=PRESETS)
    msgspec.json.encode(caught.value.errors)


def test_a_preset_is_given_once() -> None:
    with pytest.raises(InvalidParameter, match="once"):
        options.parse([("preset", "avatar"), ("preset", "cut")], presets=PRESETS)


@pytest.mark.parametrize("text", ["", "a", "a:", ":width=1", "a:width=0", "a:wdith=1", "a b:width=1", "a:preset=a"])
def test_presets_that_could_never_work_are_told_at_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match="MONOLAMBDA_PRESETS"):
        presets.read((text,))
    with pytest.raises(ConfigError, match="MONOLAMBDA_PRESETS"):
        presets.read(("a:width=1", "a:width=2"))
