"""Events and responses of HTTP APIs."""

from __future__ import annotations

import pytest

from lab.gateway.responses import MalformedResponse
from tests.support.lab.gateway_shapes import HTTP, answer, request, values


def test_an_http_event() -> None:
    event = HTTP.event(
        request(
            "/images/a%20b?x=1&x=2",
            headers=(("Cookie", "a=1; b=2"), ("X-Two", "a"), ("x-two", "b"), ("User-Agent", "curl/8")),
        )
    )
    assert (event["rawPath"], event["rawQueryString"]) == ("/images/a b", "x=1&x=2")
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-two"] == "a,b"
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["stage"] == "$default"
    assert event["requestContext"]["http"]["userAgent"] == "curl/8"


def test_an_http_api_infers_a_missing_status() -> None:
    response = HTTP.response(b'{"a": 1}')
    assert (response.status, response.body, values(response, "Content-Type")) == (
        200,
        b'{"a": 1}',
        ["application/json"],
    )
    with pytest.raises(MalformedResponse):
        HTTP.response(answer(statusCode=200, body=1))


def test_the_path_is_decoded_as_aws_does_it() -> None:
    event = HTTP.event(request("/images/caf%C3%A9%2Fx%3Fwidth=1?y=%C3%A9"))
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/images/café/x"
    assert event["rawQueryString"] == "y=%C3%A9"
