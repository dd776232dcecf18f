"""What a caller may ask of a resize: one definition for the parser, the cache key and the docs.

``parse`` and ``canonical`` are inverses: parse(canonical(o)) == o, and two option sets share a
canonical text only when they are equal. The words follow sharp's where it has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import parse_qsl, quote

import msgspec
from msgspec import Meta

from app import colours
from app.errors import InvalidParameter, ParameterError

OutputFormat = Literal["jpeg", "png", "webp", "avif", "gif"]
Fit = Literal["inside", "cover", "contain", "fill", "outside"]
Gravity = Literal[
    "center", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"
]  # fmt: skip

Side = Annotated[int, Meta(ge=1, le=8192)]
Origin = Annotated[int, Meta(ge=0, le=1_000_000)]
Extent = Annotated[int, Meta(ge=1, le=1_000_000)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Ratio = Annotated[int, Meta(ge=1, le=100)]


def _doc(meaning: str, expected: str, example: str, *aliases: str) -> Meta:
    extra = {"expected": expected, "aliases": aliases}
    return Meta(description=meaning, examples=[example], extra=extra)


class ResizeOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One set of options, checked; ``None`` means not asked for."""

    width: Annotated[Side | None, _doc("width of the result", "an integer from 1 to 8192", "480", "w")] = None
    height: Annotated[Side | None, _doc("height of the result", "an integer from 1 to 8192", "320", "h")] = None
    aspect: Annotated[
        tuple[Ratio, Ratio] | None,
        _doc("derive the missing one of width and height", "two integers from 1 to 100 as W:H", "16:9"),
    ] = None
    fit: Annotated[
        Fit,
        _doc("how the image meets width and height", "inside, cover, contain, fill or outside", "cover"),
    ] = "inside"
    gravity: Annotated[
        Gravity,
        _doc(
            "the part that cover keeps, or where contain puts the image",
            "center or a compass point such as north or southwest",
            "north",
            "position",
        ),
    ] = "center"
    focal: Annotated[
        tuple[Unit, Unit] | None,
        _doc("the point that cover keeps in view, instead of gravity", "x,y, each from 0 to 1", "0.5,0.25"),
    ] = None
    upscale: Annotated[bool, _doc("allow results larger than the source", "true or false", "true")] = False
    dpr: Annotated[
        Annotated[float, Meta(ge=0.5, le=5)],
        _doc("device pixels per CSS pixel: multiplies width and height", "a number from 0.5 to 5", "2"),
    ] = 1.0
    crop: Annotated[
        tuple[Origin, Origin, Extent, Extent] | None,
        _doc(
            "keep this part of the upright source, in its pixels, before anything else",
            "x,y,width,height in whole pixels inside the source",
            "10,20,300,200",
        ),
    ] = None
    rotate: Annotated[
        Literal[0, 90, 180, 270], _doc("clockwise turn in degrees, after crop", "0, 90, 180 or 270", "90")
    ] = 0
    flip: Annotated[bool, _doc("mirror top to bottom, after rotate", "true or false", "true")] = False
    flop: Annotated[bool, _doc("mirror left to right, after rotate", "true or false", "true")] = False
    background: Annotated[
        str | None,
        _doc(
            "colour under transparent pixels and around contain; default white, or transparent where it can stay so",
            "a CSS colour name, 3, 4, 6 or 8 hex digits, or transparent",
            "f8f8f8",
            "bg",
        ),
    ] = None
    format: Annotated[
        OutputFormat | Literal["auto"] | None,
        _doc(
            "format of the result; default the source's; auto looks at Accept",
            "auto, jpeg, png, webp, avif or gif",
            "webp",
            "fm",
        ),
    ] = None
    quality: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | None,
        _doc("for jpeg and webp (default 80) and avif (default 50)", "an integer from 1 to 100", "70", "q"),
    ] = None
    progressive: Annotated[bool, _doc("progressive jpeg", "true or false", "false")] = True
    download: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]+$(?!\n)")] | None,
        _doc("file name offered for saving", "1 to 200 characters without slashes or control codes", "photo.jpg"),
    ] = None

    def canonical(self) -> str:
        """Return the text that names this set: sorted ``name=value`` pairs joined by ``&``, defaults left out."""
        values = msgspec.to_builtins(self)
        return "&".join(f"{name}={quote(_text(name, values[name]), safe='')}" for name in sorted(values))


TYPES: Mapping[str, Any] = get_type_hints(ResizeOptions, include_extras=True)

_SEPARATORS = {"aspect": ":", "focal": ",", "crop": ","}
_SAME_WORD = {("format", "jpg"): "jpeg", ("gravity", "centre"): "center"}
_MOST_PAIRS = 100


def meta(name: str) -> Meta:
    """Return the description, example, expectation and aliases of one option."""
    found: Meta = TYPES[name].__metadata__[-1]
    return found


def aliases() -> dict[str, str]:
    """Return short name → option."""
    return {alias: name for name in TYPES for alias in (meta(name).extra or {})["aliases"]}


def parse(pairs: Iterable[tuple[str, object]], *, also: Iterable[str] = ()) -> ResizeOptions:
    """Return the options that ``pairs`` of name and value ask for.

    Values may be text or JSON scalars. ``also`` names parameters that are not options; they only
    take part in suggestions. Raises InvalidParameter listing every pair that is wrong.
    """
    problems: list[ParameterError] = []
    values: dict[str, Any] = {}
    short = aliases()
    pairs = list(pairs)
    if len(pairs) > _MOST_PAIRS:
        # each unknown name costs a search for the nearest one
        raise InvalidParameter(ParameterError("request", f"expected at most {_MOST_PAIRS} parameters", str(len(pairs))))
    for given, value in pairs:
        name = short.get(given, given)
        if name not in TYPES:
            problems.append(_unknown(given, value, [*TYPES, *short, *also]))
        elif name in values:
            problems.append(ParameterError(given, f"expected once, '{name}' was already given", shown(value)))
        else:
            values[name] = _convert(name, given, value, problems)
    if not problems:
        problems += _contradictions(values)
    if problems:
        raise InvalidParameter(*problems)
    return ResizeOptions(**values)


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
        return msgspec.convert(_prepare(name, value), TYPES[name], strict=name == "download")
    except (msgspec.ValidationError, ValueError):
        problems.append(ParameterError(given, f"expected {(meta(name).extra or {})['expected']}", shown(value)))
        return None


def _prepare(name: str, value: object) -> object:
    """Return ``value`` in the shape msgspec converts: JSON scalars and text are treated alike."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | float):
        value = repr(value)
    if not isinstance(value, str) or (value == "null" and name != "download"):
        raise ValueError(value)
    value.encode()  # JSON can name half of a surrogate pair, which no text may hold
    if name in _SEPARATORS:
        # -0 is 0 with another canonical text
        return ["0" if part in ("-0", "-0.0") else part for part in value.split(_SEPARATORS[name])]
    if name == "background":
        return colours.normalise(value)
    return _SAME_WORD.get((name, value), value)


def _text(name: str, value: Any) -> str:
    if name in _SEPARATORS:
        return _SEPARATORS[name].join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: object) -> str:
    """Return the beginning of what was received, fit to be written as UTF-8."""
    # a list may be nested as deep as the parser allows, which is deeper than str() goes
    text = str(value) if isinstance(value, str | int | float) else type(value).__name__
    return text[:100].encode(errors="replace").decode()


def _contradictions(values: Mapping[str, Any]) -> list[ParameterError]:
    """Return the pairs of options of which one would silently win."""
    found = []
    if "aspect" in values and ("width" in values) == ("height" in values):
        found.append(ParameterError("aspect", "expected together with exactly one of width and height"))
    if "focal" in values and "gravity" in values:
        found.append(ParameterError("focal", "expected without gravity, both name the part to keep"))
    return found
