"""Words for messages: lists of them, and text that can always be sent."""

from __future__ import annotations

from collections.abc import Sequence


def listed(words: Sequence[str], last: str = "or") -> str:
    """Return the words as a message lists them: ``a, b or c``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def encodable(text: str) -> str:
    """Return the text with halves of surrogate pairs replaced: JSON can spell them, and UTF-8 cannot hold them."""
    return text.encode(errors="replace").decode()


def undone_latin_1(text: str) -> str:
    """Return the text of a header that was read as Latin-1, as WSGI and http.client do: UTF-8 if its bytes are that."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
