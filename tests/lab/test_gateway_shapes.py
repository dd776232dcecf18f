"""Requests to events and answers to responses, for both kinds of API; no process, no socket."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lab.gateway.http_api import HttpApi
from lab.gateway.responses import MalformedResponse
from lab.gateway.rest import RestApi
from lab.http.server import Request, Response

REST, HTTP = RestApi(stage="dev"), HttpApi()


def request(target: str, **given: Any) -> Request:
    headers = (("Host", "127.0.0.1:8000"), *given.pop("headers", ()))
    return Request(**{"method": "GET", "target": target, "headers": headers, **given})


def answer(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def values(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key.lower() == name.lower()]


def test_a_rest_event() -> None:
    event = REST.event(
        request(
            "/dev/images/a%20b?x=1&x=2&empty=",
            headers=(("Accept", "text/html"), ("X-Two", "a"), ("X-Two", "b"), ("Connection", "close")),
        )
    )
    assert event["resource"] == "/{proxy+}"
    assert event["path"] == "/images/a%20b"
    assert event["pathParameters"] == {"proxy": "images/a%20b"}
    assert event["queryStringParameters"] == {"x": "2", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "empty": [""]}
    assert event["headers"]["X-Two"] == "b"
    assert event["multiValueHeaders"]["X-Two"] == ["a", "b"]
    assert "Connection" not in event["headers"]
    assert event["requestContext"]["path"] == "/dev/images/a%20b"
    assert event["requestContext"]["stage"] == "dev"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_the_root_of_a_stage_has_no_proxy_parameter() -> None:
    for target in ("/dev", "/dev/"):
        event = REST.event(request(target))
        assert (event["resource"], event["path"], event["pathParameters"]) == ("/", "/", None)


def test_a_rest_api_takes_only_its_stage() -> None:
    assert REST.takes(request("/dev/x"))
    assert not REST.takes(request("/development"))
    assert not REST.takes(request("/"))


def test_an_http_event() -> None:
    event = HTTP.event(
        request(
            "/images/a%20b?x=1&x=2",
            headers=(("Cookie", "a=1; b=2"), ("X-Two", "a"), ("x-two", "b"), ("User-Agent", "curl/8")),
        )
    )
    assert (event["rawPath"], event["rawQueryString"]) == ("/images/a%20b", "x=1&x=2")
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-two"] == "a,b"
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["stage"] == "$default"
    assert event["requestContext"]["http"]["userAgent"] == "curl/8"


@pytest.mark.parametrize("api", [REST, HTTP], ids=["rest", "http"])
def test_bytes_survive_the_way_in(api: RestApi | HttpApi) -> None:
    body = bytes(range(256))
    event = api.event(request("/dev/x", method="POST", body=body, headers=(("Content-Type", "image/png"),)))
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == body


def test_only_http_apis_pass_text_as_text() -> None:
    given = {"method": "POST", "body": b'{"a":1}', "headers": (("Content-Type", "application/json"),)}
    assert HTTP.event(request("/x", **given))["body"] == '{"a":1}'
    assert REST.event(request("/dev/x", **given))["isBase64Encoded"]


def test_a_forwarded_address_is_added_to_not_replaced() -> None:
    event = REST.event(request("/dev/", headers=(("X-Forwarded-For", "8.8.8.8"),)))
    assert event["headers"]["X-Forwarded-For"] == "8.8.8.8, 127.0.0.1"


@pytest.mark.parametrize("api", [REST, HTTP], ids=["rest", "http"])
def test_bytes_survive_the_way_out(api: RestApi | HttpApi) -> None:
    body = bytes(range(256))
    response = api.response(answer(statusCode=200, body=base64.b64encode(body).decode(), isBase64Encoded=True))
    assert (response.status, response.body) == (200, body)


def test_several_cookies_leave_as_several_headers() -> None:
    several = {"Set-Cookie": ["a=1", "b=2"]}
    rest = REST.response(answer(statusCode=200, multiValueHeaders=several, headers={"Set-Cookie": "a=1"}))
    assert values(rest, "Set-Cookie") == ["a=1", "b=2"]
    http = HTTP.response(answer(statusCode=200, cookies=["a=1", "b=2"]))
    assert values(http, "Set-Cookie") == ["a=1", "b=2"]


def test_a_rest_api_renames_what_a_function_may_not_set() -> None:
    response = REST.response(answer(statusCode=401, headers={"WWW-Authenticate": "Bearer"}))
    assert values(response, "x-amzn-Remapped-WWW-Authenticate") == ["Bearer"]
    assert not values(response, "WWW-Authenticate")


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b'"text"',
        b"[]",
        b"{}",
        b"not json",
        answer(statusCode=99),
        answer(statusCode="x"),
        answer(statusCode=200, body={"a": 1}),
        answer(statusCode=200, body="!", isBase64Encoded=True),
        answer(statusCode=200, headers=[]),
    ],
)
def test_what_a_rest_api_calls_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedResponse):
        REST.response(payload)


def test_an_http_api_infers_what_is_missing() -> None:
    response = HTTP.response(b'{"a": 1}')
    assert (response.status, response.body, values(response, "Content-Type")) == (
        200,
        b'{"a": 1}',
        ["application/json"],
    )
    with pytest.raises(MalformedResponse):
        HTTP.response(answer(statusCode=200, body=1))


def test_a_header_cannot_smuggle_another() -> None:
    response = REST.response(answer(statusCode=200, headers={"X-Bad": "a\r\nX-Injected: b"}))
    assert values(response, "X-Bad") == ["a  X-Injected: b"]
