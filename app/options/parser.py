"""Reads options from names and values, and reports every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from app.core import formats
from app.core.errors import MAX_ERRORS, InvalidParameter, ParameterError
from app.core.text import encodable
from app.options import css_colors
from app.options.contradictions import contradictions
from app.options.describe import ALIASES, describe
from app.options.fields import SEPARATORS, TYPES, ResizeOptions

Pairs = tuple[tuple[str, str], ...]
Presets = Mapping[str, Pairs]

# other values of an option that mean one of its own
SYNONYMS: Final[Mapping[str, Mapping[str, str]]] = {
    "format": formats.ALIASES,
    "gravity": {"centre": "center"},
    "watermark_gravity": {"centre": "center"},
}
# a number is neither a file name nor an id, whatever its digits
_TEXT_ONLY: Final = ("download", "watermark")
MAX_PAIRS: Final = 100
# the longest value is a URL
MAX_TEXT: Final = 8000
_MAX_NAME: Final = 40


def parse(
    pairs: Iterable[tuple[str, object]], *, also: Iterable[str] = (), presets: Presets | None = None
) -> ResizeOptions:
    """Return the options given by ``pairs`` of name and value.

    Values may be text or JSON scalars. ``also`` names parameters that are not options, which may be
    suggested for a misspelled name. ``preset`` names one of ``presets``, whose options apply unless
    ``pairs`` say otherwise. Raises InvalidParameter listing every pair that is wrong.
    """
    pairs = bounded(pairs)
    problems: list[ParameterError] = []
    values = _values([pair for pair in pairs if pair[0] != "preset"], problems, also)
    values = {**_preset([value for name, value in pairs if name == "preset"], presets, problems), **values}
    if not problems:
        problems += contradictions(values)
    if problems:
        raise InvalidParameter(*problems)
    return ResizeOptions(**values)


def bounded(pairs: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """Return the pairs; raise InvalidParameter for too many of them, or for text longer than any value is.

    To be called before anything looks at the pairs, because a mistake costs more than what is right.
    """
    listed = list(islice(pairs, MAX_PAIRS + 1))
    if len(listed) > MAX_PAIRS:
        raise InvalidParameter(ParameterError("request", f"expected at most {MAX_PAIRS} parameters", "more"))
    long = [(name, len(value)) for name, value in listed if isinstance(value, str) and len(value) > MAX_TEXT]
    if long:
        # not repeated: the query of a URL may hold a signature
        expected = f"expected at most {MAX_TEXT} characters"
        raise InvalidParameter(*(ParameterError(name, expected, f"{length} characters") for name, length in long))
    return listed


def parse_canonical(text: str) -> ResizeOptions:
    """Return the options with this ``canonical`` text."""
    return parse(parse_qsl(text, keep_blank_values=True))


def shown(value: object) -> str:
    """Return the first 100 characters of the received value, safe to encode as UTF-8."""
    # a list may be nested as deep as the parser allows, which is deeper than str() goes
    text = str(value) if isinstance(value, str | int | float) else type(value).__name__
    return encodable(text[:100])


def _values(
    pairs: Iterable[tuple[str, object]], problems: list[ParameterError], also: Iterable[str] = ()
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for given, value in pairs:
        name = ALIASES.get(given, given)
        if name not in TYPES:
            # finding the nearest name is the expensive part of reporting a mistake
            known = [*TYPES, *ALIASES, "preset", *also] if len(problems) < MAX_ERRORS else []
            problems.append(_unknown(given, value, known))
        elif name in values:
            problems.append(ParameterError(given, f"expected once, '{name}' was already given", shown(value)))
        else:
            values[name] = _convert(name, given, value, problems)
    return values


def _preset(names: list[object], presets: Presets | None, problems: list[ParameterError]) -> dict[str, Any]:
    """Return the values of the preset that is named, none where none is."""
    if not names:
        return {}
    if len(names) > 1:
        problems.append(ParameterError("preset", "expected once", shown(names[1])))
    name = names[0]
    if isinstance(name, str) and presets and name in presets:
        return _values(presets[name], problems)
    known = ", ".join(sorted(presets or ())) or "there are none here"
    problems.append(ParameterError("preset", f"expected the name of a preset ({known})", shown(name)))
    return {}


def _unknown(given: str, value: object, known: list[str]) -> ParameterError:
    from app.options import suggestions  # only a mistake needs it, a cold start does not

    hint = suggestions.for_name(given, known) if len(given) <= _MAX_NAME else ""
    return ParameterError(given, f"there is no such parameter{hint}", shown(value))


def _convert(name: str, given: str, value: object, problems: list[ParameterError]) -> Any:
    try:
        # a file name is text even when it looks like a number
        found = msgspec.convert(_prepare(name, value), TYPES[name], strict=name == "download")
    except (msgspec.ValidationError, ValueError):
        problems.append(_unusable(name, given, value))
        return None
    # -0.0 equals 0.0 but has another canonical text
    return found + 0.0 if isinstance(found, float) else found


def _unusable(name: str, given: str, value: object) -> ParameterError:
    from app.options import suggestions

    option = describe(name)
    hint = suggestions.for_value(name, shown(value), is_switch=option.is_switch)
    return ParameterError(given, f"expected {option.expected}{hint}", shown(value))


def _prepare(name: str, value: object) -> object:
    """Return ``value`` as msgspec can convert it, JSON scalars in the form that text has; raise ValueError."""
    if name in _TEXT_ONLY and not isinstance(value, str):
        raise ValueError(value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON does not tell 1.0 from 1
    if isinstance(value, int | float):
        value = repr(value)
    if not isinstance(value, str):
        raise ValueError(value)
    value.encode()  # JSON can spell half of a surrogate pair, which cannot be encoded
    if name == "download":
        return value
    value = value if name == "watermark" else value.lower()  # an id is one of the storage's keys
    if value == "null":
        raise ValueError(value)
    if name in SEPARATORS:
        # the same for the parts of a list
        parts = ["0" if part in ("-0", "-0.0") else part for part in value.split(SEPARATORS[name])]
        return 4 * parts if name == "pad" and len(parts) == 1 else parts
    if name in _NORMALIZERS:
        return _NORMALIZERS[name](value)
    return SYNONYMS.get(name, {}).get(value, value)


def _opaque(value: str) -> str:
    color = css_colors.normalize(value)
    if not color.endswith("ff"):
        raise ValueError(value)
    return color


def _degrees(value: str) -> float:
    """Return the angle as 0 or more and less than 360."""
    angle = msgspec.convert(value, float, strict=False)
    if not -360 <= angle <= 360:
        raise ValueError(value)
    # the remainder of a tiny negative rounds to 360 itself
    return angle % 360 % 360


_NORMALIZERS: Final[Mapping[str, Callable[[str], object]]] = {
    "background": css_colors.normalize,
    "tint": _opaque,
    "rotate": _degrees,
}
