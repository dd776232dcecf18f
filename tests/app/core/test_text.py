"""Words of messages."""

from __future__ import annotations

import pytest

from app.core.text import encodable, listed, undone_latin_1


@pytest.mark.parametrize(
    ("words", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]
)
def test_words_are_listed_as_people_do(words: tuple[str, ...], text: str) -> None:
    assert listed(words) == text
    assert listed(words, "and") == text.replace(" or ", " and ")


def test_half_a_pair_of_surrogates_can_be_sent() -> None:
    assert encodable("a\ud800ä").encode() == "a?ä".encode()


@pytest.mark.parametrize(("sent", "text"), [(b"a", "a"), ("é€".encode(), "é€"), (b"\xe9", "é"), (b"\xc3(", "Ã(")])
def test_bytes_of_a_header_are_utf8_where_they_can_be(sent: bytes, text: str) -> None:
    assert undone_latin_1(sent.decode("latin-1")) == text
    assert undone_latin_1("€") == "€"
