"""The hash as others write it: the vectors that several published implementations test themselves with."""

from __future__ import annotations

import pytest

from app.imaging import blurhash
from tests.support import drawing


@pytest.mark.parametrize(
    ("color", "size", "waves", "published"),
    [
        ((0, 0, 0), (4, 4), (4, 3), "L00000fQfQfQfQfQfQfQfQfQfQfQ"),
        ((255, 255, 255), (1, 1), (4, 4), "U~TSUA~q~q~q~q~q~q~q~q~q~q~q~q~q~q~q"),
    ],
)
def test_published_vectors(
    color: tuple[int, int, int], size: tuple[int, int], waves: tuple[int, int], published: str
) -> None:
    samples = bytes(color) * (size[0] * size[1])
    assert blurhash.encode(samples, size, across=waves[0], down=waves[1]) == published


def test_the_head_holds_waves_and_average() -> None:
    image = drawing.photo(30, 20)
    text = blurhash.encode(image.tobytes(), image.size, across=5, down=2)
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
    assert digits.index(text[0]) == 4 + 9 * 1
    assert len(text) == 6 + 2 * 9
    average = sum(digits.index(letter) * 83**place for place, letter in enumerate(reversed(text[2:6])))
    assert abs((average >> 16) - drawing.array(image)[..., 0].mean()) < 25


def test_it_changes_with_the_orientation() -> None:
    image = drawing.quadrants(32, 32)
    turned = image.rotate(90)
    assert blurhash.encode(image.tobytes(), image.size) != blurhash.encode(turned.tobytes(), turned.size)
