"""Limits are found wherever they are, and both of their sides were tried."""

from __future__ import annotations

import pytest

from lab.errors import LabError
from lab.experiments.payload.size_limits import SizeLimit, find_limit, last_that_passes
from lab.experiments.support.http_client import ClientResponse


@pytest.mark.parametrize("limit", [0, 1, 2_047, 999_999, 1_000_000, 1_000_001, 4_718_592, 9_999_999])
def test_a_limit_is_found_to_the_byte_and_both_sides_were_tried(limit: int) -> None:
    tried: list[int] = []

    def attempt(size: int) -> ClientResponse:
        tried.append(size)
        return ClientResponse(200 if size <= limit else 413, {}, b"")

    assert find_limit(attempt) == SizeLimit(limit, 413)
    assert {limit or 1, limit + 1} <= {*tried}
    assert len(tried) < 32


def test_where_nothing_is_refused_there_is_an_end() -> None:
    with pytest.raises(LabError, match="expected a limit below"):
        last_that_passes(lambda _: True, 400)


def test_a_limit_is_found_from_a_first_size_above_it() -> None:
    assert last_that_passes(lambda size: size <= 7, 400) == 7
