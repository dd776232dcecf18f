"""Words of messages."""

from __future__ import annotations

import pytest

from app.core.text import encodable, listed


@pytest.mark.parametrize(
    ("words", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]
)
def test_words_are_listed_as_people_do(words: tuple[str, ...], text: str) -> None:
    assert listed(words) == text
    assert listed(words, "and") == text.replace(" or ", " and ")


def test_half_a_pair_of_surrogates_can_be_sent() -> None:
    assert encodable("a\ud800ä").encode() == "a?ä".encode()
