"""Regular expressions for the text of the numbers in a range, because a schema of text has no bounds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal


def integers(low: int, high: int) -> str:
    """Return the pattern of the integers from ``low`` to ``high``, both 0 or more, without leading zeros."""
    return f"(?:{'|'.join(_blocks(low, high))})"


def decimals(low: float, high: float) -> str:
    """Return the pattern of plain decimals from ``low`` to ``high``, both 0 or more, of any number of places."""
    first, last = Decimal(repr(low)), int(high)
    alternatives = [rf"{last}(?:\.0{{1,20}})?"]
    whole = int(first) + (first != int(first))
    if whole < last:
        alternatives.append(rf"{integers(whole, last - 1)}(?:\.[0-9]{{1,20}})?")
    if first != int(first):
        places = str(first).partition(".")[2]
        alternatives += [rf"{int(first)}\.{tail}" for tail in _tails(places)]
    return f"(?:{'|'.join(alternatives)})"


def _tails(places: str) -> Iterator[str]:
    """Yield patterns of the decimal places that are not below ``places``."""
    yield f"{places}[0-9]{{0,20}}"
    for index, digit in enumerate(places):
        if digit != "9":
            yield f"{places[:index]}[{int(digit) + 1}-9][0-9]{{0,20}}"


def _blocks(low: int, high: int) -> Iterator[str]:
    """Yield patterns that are the range together: in each, a fixed beginning, one bounded digit, and free digits."""
    while low <= high:
        size = 1
        while low % (10 * size) == 0 and low and low + 10 * size - 1 <= high:
            size *= 10
        digit = low // size % 10
        last = digit
        while last < 9 and low + (last - digit + 2) * size - 1 <= high:
            last += 1
        head = str(low // size // 10) if low // size >= 10 else ""
        free = len(str(size)) - 1
        yield f"{head}[{digit}-{last}]" + (f"[0-9]{{{free}}}" if free else "")
        low += (last - digit + 1) * size
