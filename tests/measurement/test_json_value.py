"""Whatever is not the JSON that was expected is one error."""

from __future__ import annotations

import pytest

from measurement.json_value import UnexpectedJson, decoded


@pytest.mark.parametrize(
    ("text", "type_", "problem"),
    [
        pytest.param(b"{", object, "truncated", id="half"),
        pytest.param(b"~", object, "malformed", id="no JSON"),
        pytest.param(b'"\xe9"', object, "utf-8", id="no UTF-8"),
        pytest.param('"\ud800"', object, "surrogates not allowed", id="half a character"),
        pytest.param(b"[" * 100_000, object, "^JSON is nested too deeply$", id="very many brackets"),
        pytest.param(b'{"a":' * 100_000, dict[str, object], "^JSON is nested too deeply$", id="very many objects"),
        pytest.param(b"[1]", dict[str, int], "Expected `object`, got `array`", id="another type"),
    ],
)
def test_what_is_unexpected_is_one_error_that_says_why(text: bytes | str, type_: type, problem: str) -> None:
    with pytest.raises(UnexpectedJson, match=problem):
        decoded(text, type_)


def test_a_value_is_of_the_type_that_was_asked_for() -> None:
    assert decoded(b'{"a": 1}', dict[str, float]) == {"a": 1.0}
    assert decoded("[1]", list[int] | None) == [1]
    assert decoded(b"null") is None
