"""Numbers as people write them."""

from __future__ import annotations

import pytest

from measurement.plain import plain


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0, 15, "0"),
        (8000, 15, "8000"),
        (10_240, 15, "10,240"),
        (1e6, 15, "1,000,000"),
        (1e6, 3, "1,000,000"),
        (-12_345.678, 15, "-12,345.678"),
        (1234, 3, "1230"),
        (0.1 + 0.2, 15, "0.3"),
        (66.6666, 3, "66.7"),
        (1e15, 15, "1,000,000,000,000,000"),
        (1e-6, 15, "1e-06"),
    ],
)
def test_a_large_number_has_commas_and_no_exponent(number: float, digits: int, text: str) -> None:
    assert plain(number, digits) == text
