"""The options themselves: names, types, bounds, defaults and the words that explain them."""

# No ``from __future__ import annotations``: a cold start would have to evaluate the text of each annotation.
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import quote

import msgspec
from msgspec import Meta

from app.core.config import MAX_SIDE
from app.core.formats import ALIASES, FORMATS, LOSSLESS, WITH_QUALITY, WRITABLE
from app.core.text import listed

OutputFormat = Literal[("auto", *WRITABLE)]  # type: ignore[valid-type]  # known when the table is read
Fit = Literal["inside", "cover", "contain", "fill", "outside"]
Compass = Literal[
    "center", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"
]  # fmt: skip

Side = Annotated[int, Meta(ge=1, le=MAX_SIDE)]
Edge = Annotated[int, Meta(ge=0, le=MAX_SIDE)]
Origin = Annotated[int, Meta(ge=0, le=1_000_000)]
Extent = Annotated[int, Meta(ge=1, le=1_000_000)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Ratio = Annotated[int, Meta(ge=1, le=100)]
Strength = Annotated[float, Meta(ge=0, le=4)]
Frames = Annotated[int, Meta(ge=1, le=10_000)]

_COMPASS = "center or a compass point such as north or southwest"


def _doc(meaning: str, example: str, *aliases: str, expected: str = "") -> Meta:
    """Return the words for one option; without ``expected`` they follow from its type and bounds."""
    return Meta(description=meaning, examples=[example], extra={"expected": expected, "aliases": aliases})


class ResizeOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One set of valid options; ``None`` means not given."""

    width: Annotated[Side | None, _doc("width of the result", "480", "w")] = None
    height: Annotated[Side | None, _doc("height of the result", "320", "h")] = None
    aspect: Annotated[
        tuple[Ratio, Ratio] | None,
        _doc("derive the missing one of width and height", "16:9", expected="two integers from 1 to 100 as W:H"),
    ] = None
    fit: Annotated[Fit, _doc("how the image meets width and height", "cover")] = "inside"
    gravity: Annotated[
        Compass | Literal["entropy", "attention"],
        _doc(
            "the part that cover keeps, or where contain puts the image; entropy and attention look for it",
            "north",
            "position",
            expected=f"{_COMPASS}; with fit=cover also entropy or attention",
        ),
    ] = "center"
    focal: Annotated[
        tuple[Unit, Unit] | None,
        _doc("the point that cover keeps in view, instead of gravity", "0.5,0.25", expected="x,y, each from 0 to 1"),
    ] = None
    upscale: Annotated[bool, _doc("allow results larger than the source", "true")] = False
    dpr: Annotated[
        Annotated[float, Meta(ge=0.5, le=5)], _doc("device pixels per CSS pixel: multiplies width and height", "2")
    ] = 1.0
    crop: Annotated[
        tuple[Origin, Origin, Extent, Extent] | None,
        _doc(
            "keep this part of the upright source, in its pixels, before anything else",
            "10,20,300,200",
            expected="x,y,width,height in whole pixels inside the source",
        ),
    ] = None
    trim: Annotated[
        Annotated[float, Meta(ge=0, le=100)] | None,
        _doc(
            "cut away the border that differs from the top left pixel by no more than this in any channel of 0..255",
            "10",
        ),
    ] = None
    rotate: Annotated[
        Annotated[float, Meta(ge=0, lt=360)],
        _doc(
            "clockwise turn in degrees, after crop and trim; all but quarter turns leave corners of background",
            "90",
            expected="a number of degrees from -360 to 360",
        ),
    ] = 0.0
    flip: Annotated[bool, _doc("mirror top to bottom, after rotate", "true")] = False
    flop: Annotated[bool, _doc("mirror left to right, after rotate", "true")] = False
    brightness: Annotated[Strength, _doc("multiply the lightness (L* of CIELAB)", "1.2")] = 1.0
    contrast: Annotated[Strength, _doc("multiply the distance from middle gray", "1.5")] = 1.0
    saturation: Annotated[Strength, _doc("multiply the chroma (C* of CIELAB)", "0.5")] = 1.0
    grayscale: Annotated[bool, _doc("keep only the lightness", "true", "greyscale")] = False
    tint: Annotated[
        str | None, _doc("give the lightness one hue", "704214", expected="a CSS color name, or 3 or 6 hex digits")
    ] = None
    pixelate: Annotated[
        Annotated[int, Meta(ge=2, le=256)] | None, _doc("side of the blocks, in pixels of the result", "8")
    ] = None
    blur: Annotated[
        Annotated[float, Meta(ge=0.3, le=250)] | None,
        _doc("Gaussian blur with this sigma, in pixels of the result", "5"),
    ] = None
    sharpen: Annotated[
        Annotated[float, Meta(ge=0.1, le=10)] | None,
        _doc("sharpen the lightness with this sigma, in pixels of the result", "1"),
    ] = None
    watermark: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")] | None,
        _doc(
            "draw this stored image over the result",
            "0123456789abcdef0123456789abcdef",
            expected="the id of a stored image",
        ),
    ] = None
    watermark_gravity: Annotated[Compass, _doc("where the watermark lies", "north", expected=_COMPASS)] = "southeast"
    watermark_opacity: Annotated[Unit, _doc("opacity of the watermark", "0.5")] = 1.0
    watermark_scale: Annotated[
        Annotated[float, Meta(ge=0.01, le=1)],
        _doc("the share of the result's width and height that the watermark fills", "0.5"),
    ] = 0.25
    radius: Annotated[
        Side | Literal["max"] | None,
        _doc("round the corners, in pixels of the result; max makes circles", "20"),
    ] = None
    pad: Annotated[
        tuple[Edge, Edge, Edge, Edge] | None,
        _doc(
            "add background around the result: all sides, or top, right, bottom, left",
            "10,20,10,20",
            expected=f"one or four integers from 0 to {MAX_SIDE}",
        ),
    ] = None
    background: Annotated[
        str | None,
        _doc(
            "color under transparent pixels and around contain; default transparent if the format can be, else white",
            "f8f8f8",
            "bg",
            expected="a CSS color name, 3, 4, 6 or 8 hex digits, or transparent",
        ),
    ] = None
    format: Annotated[
        OutputFormat | None,
        _doc(
            "format of the result; default the source's; auto chooses by the Accept header; "
            + listed([f"{alias} is {name}" for alias, name in ALIASES.items()], "and"),
            "webp",
            "fm",
        ),
    ] = None
    quality: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | None,
        _doc("for " + listed([f"{name} (default {FORMATS[name].quality})" for name in WITH_QUALITY], "and"), "70", "q"),
    ] = None
    lossless: Annotated[bool, _doc(f"keep every pixel; {listed(LOSSLESS)} only", "true")] = False
    progressive: Annotated[bool, _doc("progressive jpeg", "false")] = True
    max_bytes: Annotated[
        Annotated[int, Meta(ge=100, le=33_554_432)] | None,
        _doc("choose the best quality that fits into this many bytes, at most quality where it is given", "9000"),
    ] = None
    page: Annotated[Annotated[int, Meta(ge=0, le=10_000)], _doc("first frame of an animation, from 0", "1")] = 0
    frames: Annotated[Frames | None, _doc("how many frames to keep; default all that the format can show", "2")] = None
    metadata: Annotated[
        Literal["none", "copyright", "all"], _doc("EXIF to keep: none, artist and copyright, or all, GPS too", "all")
    ] = "none"
    icc: Annotated[
        Literal["srgb", "keep"],
        _doc("convert colors to sRGB, or keep them with their RGB profile, except with grayscale", "keep"),
    ] = "srgb"
    download: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]+$(?!\n)")] | None,
        _doc(
            "file name offered for saving, with the suffix of the result's format",
            "photo.jpg",
            expected="1 to 200 characters without slashes or control codes",
        ),
    ] = None

    def canonical(self) -> str:
        """Return the text that names this set: sorted ``name=value`` pairs joined by ``&``, defaults left out."""
        defaults = zip(self.__struct_fields__, self.__struct_defaults__, strict=True)
        # equal, not identical: msgspec's own omit_defaults writes a float that was parsed to its default
        given = sorted(name for name, default in defaults if getattr(self, name) != default)
        return "&".join(f"{name}={quote(_text(name, getattr(self, name)), safe='')}" for name in given)

    def without(self, *names: str) -> Self:
        """Return these options with ``names`` as if they had not been given."""
        fields = dict(zip(self.__struct_fields__, self.__struct_defaults__, strict=True))
        return msgspec.structs.replace(self, **{name: fields[name] for name in names})


TYPES: Final[Mapping[str, Any]] = ResizeOptions.__annotations__
SEPARATORS: Final = {"aspect": ":", "focal": ",", "crop": ",", "pad": ","}


def _text(name: str, value: Any) -> str:
    if name in SEPARATORS:
        return SEPARATORS[name].join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
