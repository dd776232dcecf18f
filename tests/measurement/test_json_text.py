from __future__ import annotations

import json
from typing import Any

import pytest

from measurement.json_text import json_text


def test_what_fits_a_line_is_on_one_and_the_rest_is_broken() -> None:
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
