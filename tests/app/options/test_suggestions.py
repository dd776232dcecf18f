"""The words of other image services are understood well enough to say what they are called here."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from app import options
from app.core.errors import InvalidParameter
from app.options import suggestions

KNOWN = (*options.TYPES, *options.ALIASES, "preset", "url", "id", "s", "expires", "v")


def detail(*pairs: tuple[str, str]) -> str:
    """Return the one complaint about the options."""
    with pytest.raises(InvalidParameter) as caught:
        options.parse(pairs, also=("url", "id", "token", "s", "expires", "v"))
    (error,) = caught.value.errors
    return error.detail


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("colour", "'background' or 'tint'"),
        ("resize", "'width' and 'height'"),
        ("size", "'width' and 'height'"),
        ("type", "'format'"),
        ("output", "'format'"),
        ("Type", "'format'"),
        ("ar", "'aspect'"),
        ("rot", "'rotate'"),
        ("extend", "'pad'"),
        ("enlarge", "'upscale'"),
        ("strip_metadata", "'metadata'"),
        ("exar", "'aspect'"),
        ("car", "'aspect'"),
        ("animated", "'frames'"),
        ("autoOrient", "'rotate'"),
        ("norotation", "'rotate'"),
        ("iptc", "'metadata'"),
        ("fp-z", "'focal'"),
        ("strategy", "'gravity'"),
        ("enhance", "'brightness'"),
        ("minampl", "'blur'"),
        ("src", "'url'"),
        ("signature", "'s'"),
        ("wdith", "'width'"),
        ("Width", "'width'"),
    ],
)
def test_a_name_of_another_service_is_translated(name: str, meant: str) -> None:
    assert detail((name, "1")) == f"there is no such parameter, did you mean {meant}?"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("fit", "crop", "cover"),
        ("fit", "Clip", "inside"),
        ("fit", "stretch", "fill"),
        ("fit", "pad", "contain"),
        ("fit", "full-fit-in", "outside"),
        ("fit", "adaptive-fit-in", "inside"),
        ("fit", "nocrop", "inside"),
        ("fit", "auto", "cover"),
        ("gravity", "smart", "attention"),
        ("gravity", "fp", "focal=0.5,0.5"),
        ("gravity", "focalpoint", "focal=0.5,0.5"),
        ("flip", "h", "flop=true"),
        ("flip", "hv", "flip=true&flop=true"),
        ("flip", "v", "true"),
        ("flip", "yes", "true"),
        ("flop", "h", "true"),
        ("crop", "faces", "gravity=attention"),
        ("crop", "smart", "gravity=attention"),
        ("crop", "entropy", "gravity=entropy"),
        ("crop", "top", "gravity=north"),
        ("q", "auto", "max_bytes=100000"),
        ("trim", "auto", "10"),
        ("trim", "color", "10"),
        ("rotate", "auto", "0"),
        ("position", "top", "north"),
        ("watermark_gravity", "right bottom", "southeast"),
        ("format", "tif", "tiff"),
        ("metadata", "strip", "none"),
        ("upscale", "yes", "true"),
        ("lossless", "off", "false"),
    ],
)
def test_a_value_of_another_service_is_translated(name: str, value: str, meant: str) -> None:
    expected = options.describe(options.ALIASES.get(name, name)).expected
    assert detail((name, value)) == f"expected {expected}, did you mean '{meant}'?"


@pytest.mark.parametrize("pair", [("fit", "wide"), ("width", "yes"), ("format", "svg"), ("gravity", "")])
def test_what_is_not_known_gets_no_guess(pair: tuple[str, str]) -> None:
    assert "did you mean" not in detail(pair)


def test_a_name_that_this_place_does_not_take_is_not_suggested() -> None:
    with pytest.raises(InvalidParameter) as caught:
        options.parse([("src", "1")])
    assert "url" not in caught.value.errors[0].detail


def test_every_word_means_one_thing_that_exists() -> None:
    words = [word for row in suggestions._NAMES.values() for word in row]
    assert len(set(words)) == len(words)
    assert not set(words) & set(KNOWN)
    assert {name for meaning in suggestions._NAMES for name in meaning.split("'")[::2]} <= set(KNOWN)


@pytest.mark.parametrize("name", suggestions._VALUES)
def test_every_value_means_one_that_is_accepted(name: str) -> None:
    table = suggestions._VALUES[name]
    words = [word for row in table.values() for word in row]
    assert len(set(words)) == len(words)
    for meaning in table:
        chosen = dict(parse_qsl(meaning) or [(name, meaning)])
        box = {"fit": "cover", "width": "9", "height": "9"} if chosen.keys() & {"gravity", "focal"} else {}
        mark = {"watermark": "0" * 32} if name == "watermark_gravity" else {}
        coded = {"format": "jpeg"} if "max_bytes" in chosen else {}
        options.parse({**chosen, **box, **mark, **coded}.items())
    for word in words:
        with pytest.raises(InvalidParameter):
            options.parse([(name, word)])
