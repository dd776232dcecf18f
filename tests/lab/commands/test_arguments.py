"""Options with bounds, checked together."""

from __future__ import annotations

import argparse

import pytest

from lab.commands.arguments import Choice, Name, Number, add_options, checked_values
from lab.errors import SetupError

OPTIONS = (
    Number(flag="--rate", help="a second", default=5, low=1, high=10, many=True),
    Number(flag="--count-of", help="how many", default=None, whole=True),
    Choice(flag="--kind", help="which", words=("one", "other")),
    Name(flag="--called", help="its name", default="it", allowed="[a-z-]", longest=5),
)


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser, OPTIONS)
    return parser.parse_args(arguments)


def test_defaults_stand_in_for_what_is_not_given() -> None:
    assert checked_values(parsed(), OPTIONS) == {"rate": [5], "count_of": None, "kind": "one", "called": "it"}


def test_values_are_converted() -> None:
    given = checked_values(parsed("--rate", "1", "2.5", "--count-of", "3", "--kind", "other"), OPTIONS)
    assert given == {"rate": [1.0, 2.5], "count_of": 3, "kind": "other", "called": "it"}
    assert isinstance(given["count_of"], int)


@pytest.mark.parametrize("text", ["0.99", "10.01", "nan", "inf", "ten", ""])
def test_a_number_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"expected a number from 1 to 10, received '{text}'"):
        OPTIONS[0].value(text)


def test_every_bad_value_has_a_line() -> None:
    with pytest.raises(SetupError) as refused:
        checked_values(parsed("--rate", "11", "--count-of", "1.5", "--kind", "none"), OPTIONS)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["--rate", "--count-of", "--kind"]


def test_help_shows_defaults_and_words() -> None:
    assert [option.described() for option in OPTIONS] == [
        "a second (default 5)",
        "how many",
        "which: one, other (default one)",
        "its name (default it)",
    ]


@pytest.mark.parametrize("text", ["", "sixsix", "a/b", "A", "a\n"])
def test_a_name_of_other_characters_is_refused(text: str) -> None:
    assert OPTIONS[3].value("a-b") == "a-b"
    with pytest.raises(ValueError, match=r"expected 1 to 5 characters of \[a-z-\], received"):
        OPTIONS[3].value(text)
