from __future__ import annotations

import json
from typing import Any

import pytest

from measurement.json_text import json_text, rounded


def test_values_that_fit_a_line_are_not_broken() -> None:
    value = {"name": "é", "short": [1, 2.5, None], "long": {"first": [1, 2, 3, 4, 5, 6], "second": {}}}
    assert json_text(value, width=30) == (
        "{\n"
        ' "name": "é",\n'
        ' "short": [1, 2.5, null],\n'
        ' "long": {\n'
        '  "first": [1, 2, 3, 4, 5, 6],\n'
        '  "second": {}\n'
        " }\n"
        "}\n"
    )


@pytest.mark.parametrize("width", [1, 20, 40, 1000])
@pytest.mark.parametrize("value", [[], {}, 1.5, "text", [[[1, "a"], {"b": True}], []], {"x" * 30: ["y" * 30, 2]}])
def test_the_value_is_the_same_at_any_width(value: Any, width: int) -> None:
    assert json.loads(json_text(value, width=width)) == value


def test_no_line_is_longer_than_the_width_unless_it_is_one_scalar() -> None:
    value = {f"figure {number}": {"median": number / 7, "n": number} for number in range(40)}
    assert all(len(line) <= 60 for line in json_text(value, width=60).splitlines())


def test_an_array_without_objects_is_never_broken() -> None:
    rows = {"1": [[0.1, 0.2, "init"], [0.2, 40, "serve"]], "2": [1, 2, 3]}
    assert json_text(rows, width=10).splitlines() == [
        "{",
        ' "1": [[0.1, 0.2, "init"], [0.2, 40, "serve"]],',
        ' "2": [1, 2, 3]',
        "}",
    ]


def test_numbers_and_texts_of_an_object_share_a_line_and_keep_their_order() -> None:
    value = {"first": 1, "second": 2.5, "third": {"n": 3}, "fourth": 4, "on": True, "fifth": 5, "word": "x", "last": 6}
    assert json_text(value, width=30).splitlines() == [
        "{",
        ' "first": 1, "second": 2.5,',
        ' "third": {"n": 3},',
        ' "fourth": 4, "on": true,',
        ' "fifth": 5, "word": "x",',
        ' "last": 6',
        "}",
    ]
    assert json_text({"a": 1, "b": 2, "c": 3}, width=12).splitlines() == ["{", ' "a": 1,', ' "b": 2,', ' "c": 3', "}"]
    assert json_text({"a": 1, "b": 2, "c": 3}, width=18).splitlines() == ["{", ' "a": 1, "b": 2,', ' "c": 3', "}"]


def test_fractions_are_rounded_and_whole_numbers_kept() -> None:
    assert rounded({"a": [0.12345678, 12.3456789, 4718592.51], "b": (6291556.0, 0.0, -0.5, 7, True, None, "é")}) == {
        "a": [0.123457, 12.3457, 4718593],
        "b": [6291556, 0, -0.5, 7, True, None, "é"],
    }
