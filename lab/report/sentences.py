"""Divides a verdict, which is one sentence of many clauses, into sentences that are easy to read."""

from __future__ import annotations

from collections.abc import Iterator


def sentences(verdict: str) -> str:
    """Return the verdict with a sentence for each of its clauses; what is in parentheses stays whole."""
    return ". ".join(f"{clause[:1].upper()}{clause[1:]}" for clause in _clauses(verdict))


def _clauses(text: str) -> Iterator[str]:
    depth = begin = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth and text.startswith("; ", at):
            yield text[begin:at]
            begin = at + 2
    yield text[begin:]
