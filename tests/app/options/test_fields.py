"""Option sets have one canonical text each, and only equal ones share it."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import example, given
from hypothesis import strategies as st

from app import options
from app.options import ResizeOptions
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


def is_given(name: str, value: Any) -> bool:
    defaults = dict(zip(ResizeOptions.__struct_fields__, ResizeOptions.__struct_defaults__, strict=True))
    return bool(value != defaults[name])


def is_possible(given: dict[str, Any]) -> bool:
    return not contradictions({name: value for name, value in given.items() if is_given(name, value)})


option_sets = (
    st.fixed_dictionaries(
        {}, optional={n: SPECIAL[n] if n in SPECIAL else values_of(options.TYPES[n]) for n in options.TYPES}
    )
    .filter(is_possible)
    .map(lambda given: ResizeOptions(**given))
)


@given(option_sets)
@example(ResizeOptions(download="jpg"))  # a name, not the format it abbreviates
def test_parse_undoes_canonical(parsed: ResizeOptions) -> None:
    assert options.parse_canonical(parsed.canonical()) == parsed


@given(option_sets, option_sets)
@example(ResizeOptions(width=12, height=3), ResizeOptions(width=1, height=23))
@example(ResizeOptions(width=None), ResizeOptions(height=None))
@example(ResizeOptions(download="a&width=1"), ResizeOptions(download="a", width=1))
def test_only_equal_options_share_a_canonical_text(one: ResizeOptions, other: ResizeOptions) -> None:
    assert (one.canonical() == other.canonical()) == (one == other)


def test_zero_has_one_canonical_text() -> None:
    assert options.parse([("focal", "-0.0,0")]).canonical() == options.parse([("focal", "0,0")]).canonical()


@given(option_sets)
def test_canonical_text_is_sorted_and_leaves_out_defaults(parsed: ResizeOptions) -> None:
    names = [pair.partition("=")[0] for pair in parsed.canonical().split("&") if pair]
    assert names == sorted(name for name in options.TYPES if is_given(name, getattr(parsed, name)))
