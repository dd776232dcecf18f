"""``payload``: the quick run counts bytes, so the edges are the documented ones; the verdict follows from transfers."""

from __future__ import annotations

import pytest

from lab.experiments.payload import PayloadRound, judge
from lab.experiments.payload.image_transfers import LARGEST_RESPONSE, SMALLEST_LINK, ImageTransfer
from lab.experiments.payload.size_limits import SizeLimit
from lab.traits import Traits
from tests.support.lab.figures import RunQuick, median, spread

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


def test_a_pixel_of_width_decides_between_a_response_and_a_link(finding: RunQuick) -> None:
    found = finding("payload")
    (fits, status), (wider, link) = (
        tuple(median(found, f"large image, {name}", measure) for measure in ("image bytes received", "status"))
        for name in (LARGEST_RESPONSE, SMALLEST_LINK)
    )
    assert (status, link) == (200, 302)
    # the app leaves 64 KiB for what surrounds the image, and a pixel of width is a few KB
    limit = (Traits().response_bytes - 65_536) * 3 // 4
    assert limit - 10_000 < fits <= limit < wider < limit + 10_000


@pytest.mark.parametrize(
    ("by_url", "by_link", "holds"),
    [
        pytest.param(200, 5_900_000, False, id="both ways work"),
        pytest.param(502, 5_900_000, True, id="nothing large comes in"),
        pytest.param(200, 0, True, id="nothing large goes out"),
    ],
)
def test_the_verdict_turns_when_a_way_around_is_closed_once(by_url: int, by_link: int, holds: bool) -> None:
    found = judge([*[payload_round()] * 4, payload_round(by_url, by_link)], large=7_900_000)
    assert found.holds is holds
    assert found.verdict.startswith("Yes: " if holds else "No: ")
    assert "about 4.5 of Lambda's 6 MiB" in found.verdict
    assert "to the bucket (302, " in found.verdict
    assert "MiB) (n = 5); " in found.verdict
    assert spread(found, "large image, source by url", "status").n == 5


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        pytest.param({}, "was refused as an upload (413), and was resized from its URL (200); ", id="as documented"),
        pytest.param({}, "its large result did not fit into a response (502), and came by a link to", id="and back"),
        pytest.param({"upload": 200}, "went through 1 of 5 times as an upload (413 (200 to 413)), ", id="an upload"),
        pytest.param({"by_url": 502}, "and was 4 of 5 times resized from its URL (200 (200 to 502)); ", id="no source"),
        pytest.param({"response": 200}, "its large result fitted 1 of 5 times into a response ", id="a response"),
        pytest.param(
            {},
            "in a response (200) has 4.45 MiB, and the next one, a pixel wider, was behind a link (302, 4.46 MiB)",
            id="the edge of a response",
        ),
        pytest.param(
            {"wider": 0}, "a pixel wider, was 4 of 5 times behind a link (302, 4.46 (0 to 4.46) MiB)", id="no link"
        ),
        pytest.param({"by_link": 0}, "and came 4 of 5 times by a link to the bucket (302, ", id="no result"),
        pytest.param({}, "10 MB are never reached; ", id="the gateway's limit"),
        pytest.param({"gateway": 4_000_000}, "10 MB are reached; ", id="another limit of the gateway"),
    ],
)
def test_what_became_of_the_image_is_said_from_the_transfers(differs: dict[str, int], words: str) -> None:
    assert words in judge([*[payload_round()] * 4, payload_round(**differs)], large=7_900_000).verdict


def payload_round(
    by_url: int = 200,
    by_link: int = 5_900_000,
    *,
    upload: int = 413,
    response: int = 502,
    gateway: int = 10_485_760,
    wider: int = 4_676_000,
) -> PayloadRound:
    limits = {
        name: SizeLimit(4_718_000, 413) for name in ("request body, binary", "response, binary", "response, text")
    }
    limits["request, gateway alone"] = SizeLimit(gateway, 413)
    images = {
        "upload": ImageTransfer(upload, 0),
        "source by url": ImageTransfer(by_url, 20_000),
        "result as the response": ImageTransfer(response, 0),
        "result by link": ImageTransfer(302, by_link),
        LARGEST_RESPONSE: ImageTransfer(200, 4_669_000),
        SMALLEST_LINK: ImageTransfer(302, wider),
    }
    return PayloadRound(events={1_000: 2_300}, limits=limits, images=images)
