"""The quick run of ``payload``: bytes are counted, so the edges are the documented ones."""

from __future__ import annotations

import pytest

from lab.traits import Traits
from tests.support.lab.figures import RunQuick, median

ENVELOPE = 2048


@pytest.mark.parametrize(
    ("edge", "limit", "growth", "status"),
    [
        ("request body, binary", Traits().request_bytes, 4 / 3, 413),
        ("response, binary", Traits().response_bytes, 4 / 3, 502),
        ("response, text", Traits().response_bytes, 1, 502),
    ],
)
def test_one_byte_makes_the_difference(finding: RunQuick, edge: str, limit: int, growth: float, status: int) -> None:
    found = finding("payload")
    encoded = median(found, edge, "largest that passes") * growth
    assert limit - ENVELOPE <= encoded <= limit
    assert median(found, edge, "status of one byte more") == status


def test_lambda_s_limit_is_reached_before_the_gateway_s(finding: RunQuick) -> None:
    found = finding("payload")
    edge = "request, gateway alone"
    assert median(found, edge, "largest that passes") == Traits().gateway_bytes
    assert median(found, edge, "status of one byte more") == 413
    assert median(found, "request body, binary", "largest that passes") < Traits().gateway_bytes / 2


def test_a_body_grows_by_a_third(finding: RunQuick) -> None:
    assert median(finding("payload"), "1000000 bytes", "event / body") == pytest.approx(4 / 3, rel=0.01)


def test_a_url_and_a_link_get_past_the_limits(finding: RunQuick) -> None:
    found = finding("payload")
    seen = {
        way: (
            median(found, f"large image, {way}", "status"),
            median(found, f"large image, {way}", "image bytes received"),
        )
        for way in ("upload", "source by url", "result as the response", "result by link")
    }
    assert seen["upload"] == (413, 0)
    assert seen["result as the response"] == (422, 0), "the app refuses it before Lambda does"
    assert seen["source by url"][0] == 200
    assert seen["source by url"][1] > 0
    assert seen["result by link"][0] == 302
    assert seen["result by link"][1] > Traits().response_bytes * 3 / 4
    assert found.holds is False
