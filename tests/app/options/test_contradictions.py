from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from app import options
from app.core.errors import InvalidParameter

# the query, the option that is named, and how its message begins
REFUSED = [
    ("aspect=16:9", "aspect", "expected together with exactly one of width and height"),
    ("aspect=16:9&width=4&height=3", "aspect", "expected together with exactly one of width and height"),
    ("focal=0,0&gravity=north", "focal", "expected without gravity"),
    ("watermark_opacity=0.5", "watermark_opacity", "expected together with watermark"),
    ("gravity=entropy", "gravity", "expected entropy together with fit=cover, width and height"),
    ("gravity=attention&fit=cover&width=9", "gravity", "expected attention together with fit=cover"),
    ("gravity=attention&fit=cover&width=9&height=9&rotate=5", "gravity", "expected attention with quarter turns only"),
    ("saturation=2&grayscale=true", "saturation", "expected without grayscale and tint"),
    ("saturation=2&tint=red", "saturation", "expected without grayscale and tint"),
    ("lossless=true&format=jpeg", "lossless", "expected with format png or webp, jpeg cannot be lossless here"),
    ("lossless=true&quality=50", "quality", "expected without lossless"),
    ("lossless=true&max_bytes=5000", "max_bytes", "expected without lossless"),
    ("max_bytes=5000&format=png", "max_bytes", "expected with format jpeg, webp or avif, png has no quality"),
    ("frames=2&format=jpeg", "frames", "expected 1 with format jpeg, which cannot be animated"),
    ("frames=2&format=tiff", "frames", "expected 1 with format tiff, which cannot be animated"),
    ("metadata=all&format=gif", "metadata", "expected none with format gif, which cannot hold it"),
    ("icc=keep&format=gif", "icc", "expected srgb with format gif, which cannot hold it"),
]
# what looks alike and makes sense
ACCEPTED = [
    "aspect=16:9&height=9",
    "watermark_opacity=0.5&watermark=" + "0" * 32,
    "gravity=attention&fit=cover&width=9&aspect=1:1&rotate=90",
    "saturation=1&grayscale=true",
    "lossless=true",
    "lossless=true&format=auto",
    "lossless=true&format=png",
    "lossless=false&quality=50",
    "max_bytes=5000&format=auto",
    "frames=1&format=jpeg",
    "frames=2&format=gif",
    "metadata=none&icc=srgb&format=gif",
    "metadata=all&icc=keep&format=tiff",
]


def parse(query: str) -> options.ResizeOptions:
    return options.parse(parse_qsl(query))


@pytest.mark.parametrize(("query", "name", "message"), REFUSED)
def test_options_that_contradict_each_other_are_refused(query: str, name: str, message: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse(query)
    (found,) = caught.value.errors
    assert found.parameter == name
    assert found.detail.startswith(message)


@pytest.mark.parametrize("query", ACCEPTED)
def test_options_that_only_look_so_are_accepted(query: str) -> None:
    parse(query)


def test_every_contradiction_is_reported_at_once() -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse("aspect=16:9&lossless=true&format=jpeg&frames=2")
    assert [found.parameter for found in caught.value.errors] == ["aspect", "lossless", "frames"]
