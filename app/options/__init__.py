"""What a caller may ask of a resize: one definition for the parser, the cache key and the docs.

``parse`` and ``canonical`` are inverses: parse(canonical(o)) == o, and two option sets share a
canonical text only when they are equal. The words follow sharp's where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from app import css_colors
from app.errors import InvalidParameter, ParameterError
from app.options.contradictions import contradictions
from app.options.fields import SEPARATORS, ResizeOptions
from app.options.presets import Presets, chosen

__all__ = ["ALIASES", "TYPES", "ResizeOptions", "meta", "parse", "parse_canonical", "shown"]

TYPES: Mapping[str, Any] = get_type_hints(ResizeOptions, include_extras=True)

# from each alias to the option it names
ALIASES: Final = {alias: name for name in TYPES for alias in TYPES[name].__metadata__[-1].extra["aliases"]}

_SAME_WORD: Final = {
    ("format", "jpg"): "jpeg",
    ("gravity", "centre"): "center",
    ("watermark_gravity", "centre"): "center",
}
_MOST_PAIRS: Final = 100


def meta(name: str) -> Meta:
    """Return the description, example, expectation and aliases of one option."""
    found: Meta = TYPES[name].__metadata__[-1]
    return found


def parse(
    pairs: Iterable[tuple[str, object]], *, also: Iterable[str] = (), presets: Presets | None = None
) -> ResizeOptions:
    """Return the options that ``pairs`` of name and value ask for.

    Values may be text or JSON scalars. ``also`` names parameters that are not options; they only
    take part in suggestions. ``preset`` names one of ``presets``, whose options hold where ``pairs``
    say nothing. Raises InvalidParameter listing every pair that is wrong.
    """
    pairs = list(pairs)
    if len(pairs) > _MOST_PAIRS:
        # each unknown name costs a search for the nearest one
        raise InvalidParameter(ParameterError("request", f"expected at most {_MOST_PAIRS} parameters", str(len(pairs))))
    problems: list[ParameterError] = []
    values = _values([pair for pair in pairs if pair[0] != "preset"], problems, also)
    values = {**_preset([value for name, value in pairs if name == "preset"], presets, problems), **values}
    if not problems:
        problems += contradictions(values)
    if problems:
        raise InvalidParameter(*problems)
    return ResizeOptions(**values)


def _values(
    pairs: list[tuple[str, object]], problems: list[ParameterError], also: Iterable[str] = ()
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for given, value in pairs:
        name = ALIASES.get(given, given)
        if name not in TYPES:
            problems.append(_unknown(given, value, [*TYPES, *ALIASES, "preset", *also]))
        elif name in values:
            problems.append(ParameterError(given, f"expected once, '{name}' was already given", shown(value)))
        else:
            values[name] = _convert(name, given, value, problems)
    return values


def _preset(names: list[object], presets: Presets | None, problems: list[ParameterError]) -> dict[str, Any]:
    if len(names) > 1:
        problems.append(ParameterError("preset", "expected once", shown(names[1])))
    try:
        return _values(list(chosen(presets, names[0])), problems) if names else {}
    except InvalidParameter as exc:
        problems += exc.errors
        return {}


def parse_canonical(text: str) -> ResizeOptions:
    """Return the options whose ``canonical`` text this is."""
    return parse(parse_qsl(text, keep_blank_values=True))


def _unknown(given: str, value: object, known: list[str]) -> ParameterError:
    import difflib  # only a mistake needs it, a cold start does not

    near = difflib.get_close_matches(given, known, n=1)
    hint = f", did you mean '{near[0]}'?" if near else ""
    return ParameterError(shown(given), f"there is no such parameter{hint}", shown(value))


def _convert(name: str, given: str, value: object, problems: list[ParameterError]) -> Any:
    try:
        # a file name stays the text it is; of the others, "480" means the number
        found = msgspec.convert(_prepare(name, value), TYPES[name], strict=name == "download")
    except (msgspec.ValidationError, ValueError):
        problems.append(ParameterError(given, f"expected {(meta(name).extra or {})['expected']}", shown(value)))
        return None
    # -0.0 is 0.0 with another canonical text
    return found + 0.0 if isinstance(found, float) else found


def _prepare(name: str, value: object) -> object:
    """Return ``value`` in the shape msgspec converts: JSON scalars and text are treated alike."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float):
        value = repr(value)
    if not isinstance(value, str) or (value == "null" and name != "download"):
        raise ValueError(value)
    value.encode()  # JSON can name half of a surrogate pair, which no text may hold
    if name in SEPARATORS:
        # -0 is 0 with another canonical text
        parts = ["0" if part in ("-0", "-0.0") else part for part in value.split(SEPARATORS[name])]
        return 4 * parts if name == "pad" and len(parts) == 1 else parts
    special = _SPECIAL.get(name)
    return special(value) if special else _SAME_WORD.get((name, value), value)


def _opaque(value: str) -> str:
    colour = css_colors.normalise(value)
    if not colour.endswith("ff"):
        raise ValueError(value)
    return colour


def _degrees(value: str) -> float:
    """Return the angle as 0 or more and less than 360."""
    angle = msgspec.convert(value, float, strict=False)
    if not -360 <= angle <= 360:
        raise ValueError(value)
    # the remainder of a tiny negative rounds to 360 itself
    return angle % 360 % 360


_SPECIAL: Final[Mapping[str, Callable[[str], object]]] = {
    "background": css_colors.normalise,
    "tint": _opaque,
    "rotate": _degrees,
}


def shown(value: object) -> str:
    """Return the beginning of what was received, fit to be written as UTF-8."""
    # a list may be nested as deep as the parser allows, which is deeper than str() goes
    text = str(value) if isinstance(value, str | int | float) else type(value).__name__
    return text[:100].encode(errors="replace").decode()
