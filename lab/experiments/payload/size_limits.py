"""Finds where sizes stop passing.

That is between the largest that was tried and passed and the next one, which was tried and refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from lab.errors import LabError
from lab.experiments.support.http_client import ClientResponse

Attempt = Callable[[int], ClientResponse]

_FIRST_BYTES = 1_000_000
MOST: Final = 1 << 30


class SizeLimit(msgspec.Struct, frozen=True):
    """The largest body that passes, in bytes, and the status of one byte more."""

    largest: int
    status: int


def find_limit(attempt: Attempt) -> SizeLimit:
    """Return the limit of a way to send or to receive so many bytes."""
    statuses: dict[int, int] = {}

    def passes(size: int) -> bool:
        statuses[size] = attempt(size).status
        return statuses[size] == 200

    largest = last_that_passes(passes, _FIRST_BYTES)
    return SizeLimit(largest, statuses[largest + 1])


def last_that_passes(passes: Callable[[int], bool], first: int) -> int:
    """Return the size that passes while one more does not: ``first`` is doubled until it is refused, then bisected.

    Nothing is taken for granted but that 0 passes, and that a size is refused when a smaller one is. Raises
    LabError when there is no limit up to ``MOST``.
    """
    most, least = 0, first
    while passes(least):
        most, least = least, 2 * least
        if least > MOST:
            raise LabError(f"a size of {most} passes: expected a limit below {MOST}")
    while least - most > 1:
        middle = (most + least) // 2
        if passes(middle):
            most = middle
        else:
            least = middle
    return most
