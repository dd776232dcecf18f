"""The price table against amounts that AWS's own pages work out."""

from __future__ import annotations

import pytest

from lab.costs import prices
from lab.costs.prices import AWS, Price


def test_the_price_of_the_example_on_lambda_s_pricing_page() -> None:
    # AWS's example: 3 million requests of 120 ms at 1,536 MB, here without the free tier
    used = 3_000_000 * prices.gb_seconds(memory_mb=1536, billed_ms=120)
    assert used == pytest.approx(540_000)
    assert prices.invocations(3_000_000, used) == pytest.approx(9.00 + 0.60, abs=0.01)


def test_the_price_of_a_million_is_of_gigabyte_seconds_and_requests() -> None:
    # 1 GiB for 0.1 s is 0.1 GB-s: 100,000 of them at 0.0000166667, and 0.20 for the requests
    assert prices.a_million(memory_mb=1024, billed_ms=100) == pytest.approx(1.86667, abs=1e-4)


def test_a_tier_applies_only_above_its_threshold() -> None:
    price = Price(dollars=3.0, unit="", source="", steps=((10, 2.0), (20, 1.0)), free=5)
    assert [price.of(quantity) for quantity in (0, 10, 15, 30)] == [0, 30, 40, 60]
    assert price.of(15, free_tier=True) == 30
    assert price.of(3, free_tier=True) == 0
    assert AWS.gateway["rest"].of(433) == pytest.approx(333 * 3.50 + 100 * 2.80)


def test_the_log_of_lambda_gets_cheaper_by_the_terabyte() -> None:
    """60 TB are 12,500 dollars, at 1,000 GB each: https://www.duckbillgroup.com/?p=9080"""
    assert AWS.log_gb.of(60 * 1024) == pytest.approx(1.024 * 12_500)


def test_cloudfront_gets_cheaper_up_to_five_petabytes() -> None:
    # from AWS's page: the next 524 TB after 500, then 4 PB, then everything
    first = AWS.edge_gb_out.of(500 * 1024)
    assert AWS.edge_gb_out.of(1024 * 1024) - first == pytest.approx(524 * 1024 * 0.030)
    assert AWS.edge_gb_out.of(6 * 1024**2) - first == pytest.approx(
        524 * 1024 * 0.030 + 4 * 1024**2 * 0.025 + 1024**2 * 0.020
    )
