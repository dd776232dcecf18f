"""Headers and bodies on the way through both kinds of API."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lab.gateway.function_url import FunctionUrl
from lab.gateway.headers import Scheme, head_bytes
from lab.gateway.http_api import HttpApi
from lab.gateway.rest import RestApi
from tests.support.lab.gateway_shapes import HTTP, REST, answer, request, values


@pytest.mark.parametrize("api", [REST, HTTP], ids=["rest", "http"])
def test_bytes_reach_the_event_unchanged(api: RestApi | HttpApi) -> None:
    body = bytes(range(256))
    event = api.event(request("/dev/x", method="POST", body=body, headers=(("Content-Type", "image/png"),)))
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == body


def test_only_http_apis_pass_text_as_text() -> None:
    given = {"method": "POST", "body": b'{"a":1}', "headers": (("Content-Type", "application/json"),)}
    assert HTTP.event(request("/x", **given))["body"] == '{"a":1}'
    assert REST.event(request("/dev/x", **given))["isBase64Encoded"]


Kind = type[RestApi | HttpApi | FunctionUrl]


@pytest.mark.parametrize("kind", [RestApi, HttpApi, FunctionUrl])
@pytest.mark.parametrize(("scheme", "port"), [("https", "443"), ("http", "80")])
def test_an_event_names_the_scheme_and_its_port(kind: Kind, scheme: Scheme, port: str) -> None:
    event = kind(scheme=scheme).event(request("/dev/x", headers=(("X-Forwarded-Proto", "gopher"),)))
    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == (scheme, port)
    assert ("x-amzn-tls-version" in headers) is (kind is FunctionUrl and scheme == "https")


def test_names_of_headers_do_not_count_for_the_limit() -> None:
    assert head_bytes(request("/x?y", headers=(("A-Long-Name", "12345"),))) == len("GET/x?y127.0.0.1:800012345")


def test_the_client_is_appended_to_x_forwarded_for() -> None:
    event = REST.event(request("/dev/", headers=(("X-Forwarded-For", "8.8.8.8"),)))
    assert event["headers"]["X-Forwarded-For"] == "8.8.8.8, 127.0.0.1"


def test_several_cookies_leave_as_several_headers() -> None:
    several = {"Set-Cookie": ["a=1", "b=2"]}
    rest = REST.response(answer(statusCode=200, multiValueHeaders=several, headers={"Set-Cookie": "a=1"}))
    assert values(rest, "Set-Cookie") == ["a=1", "b=2"]
    http = HTTP.response(answer(statusCode=200, cookies=["a=1", "b=2"]))
    assert values(http, "Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("api", [HttpApi(), FunctionUrl()])
@pytest.mark.parametrize("cookies", [{}, {"cookies": None}, {"cookies": []}], ids=str)
def test_a_cookie_among_the_headers_leaves_where_cookies_has_none(
    api: HttpApi | FunctionUrl, cookies: dict[str, Any]
) -> None:
    response = api.response(answer(statusCode=200, headers={"set-cookie": "a=1"}, **cookies))
    assert values(response, "Set-Cookie") == ["a=1"]


@pytest.mark.parametrize("api", [HttpApi(), FunctionUrl()])
def test_cookies_replace_those_among_the_headers(api: HttpApi | FunctionUrl) -> None:
    response = api.response(answer(statusCode=200, headers={"set-cookie": "a=1"}, cookies=["b=2"]))
    assert values(response, "Set-Cookie") == ["b=2"]


def test_a_header_cannot_smuggle_another() -> None:
    response = REST.response(answer(statusCode=200, headers={"X-Bad": "a\r\nX-Injected: b"}))
    assert values(response, "X-Bad") == ["a  X-Injected: b"]
