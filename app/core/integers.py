"""Whole numbers in the text of a request."""

from __future__ import annotations


def integer(text: str, low: int, high: int) -> int | None:
    """Return the number that ASCII digits spell, None for any other text and for a number out of these bounds."""
    # the length first: int() of a megabyte of digits takes seconds
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high))):
        return None
    number = int(text)
    return number if low <= number <= high else None
