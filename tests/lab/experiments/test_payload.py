"""The quick run of ``payload``: bytes are counted, so the edges are the documented ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.experiments.support.findings import Finding
from lab.traits import Traits
from tests.lab.experiments.cells import median

Run = Callable[[str], Finding]

ENVELOPE = 2048


@pytest.mark.parametrize(
    ("edge", "limit", "growth", "status"),
    [
        ("request body, binary", Traits().request_bytes, 4 / 3, 413),
        ("answer, binary", Traits().response_bytes, 4 / 3, 502),
        ("answer, text", Traits().response_bytes, 1, 502),
    ],
)
def test_one_byte_makes_the_difference(finding: Run, edge: str, limit: int, growth: float, status: int) -> None:
    found = finding("payload")
    encoded = median(found, edge, "most that passes") * growth
    assert limit - ENVELOPE <= encoded <= limit
    assert median(found, edge, "status of one byte more") == status


def test_the_gateway_s_own_edge_is_behind_lambda_s(finding: Run) -> None:
    found = finding("payload")
    edge = "request, gateway alone"
    assert median(found, edge, "most that passes") == Traits().gateway_bytes
    assert median(found, edge, "status of one byte more") == 413
    assert median(found, "request body, binary", "most that passes") < Traits().gateway_bytes / 2


def test_a_body_grows_by_a_third(finding: Run) -> None:
    assert median(finding("payload"), "1000000 bytes", "event / body") == pytest.approx(4 / 3, rel=0.01)


def test_a_url_and_a_link_bring_what_is_too_large(finding: Run) -> None:
    found = finding("payload")
    seen = {
        way: (
            median(found, f"large image, {way}", "status"),
            median(found, f"large image, {way}", "image bytes received"),
        )
        for way in ("upload", "source by url", "result as the answer", "result by link")
    }
    assert seen["upload"] == (413, 0)
    assert seen["result as the answer"] == (502, 0)
    assert seen["source by url"][0] == 200
    assert seen["source by url"][1] > 0
    assert seen["result by link"][0] == 302
    assert seen["result by link"][1] > Traits().response_bytes * 3 / 4
    assert found.holds is False
