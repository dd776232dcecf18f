"""Function responses that are accepted, and those that are malformed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from lab.gateway.http_api import HttpApi
from lab.gateway.responses import MalformedResponse
from lab.gateway.rest import RestApi
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.gateway_shapes import HTTP, REST, answer


@pytest.mark.parametrize("api", [REST, HTTP], ids=["rest", "http"])
def test_bytes_reach_the_client_unchanged(api: RestApi | HttpApi) -> None:
    body = bytes(range(256))
    response = api.response(answer(statusCode=200, body=base64.b64encode(body).decode(), isBase64Encoded=True))
    assert (response.status, response.body) == (200, body)


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b'"text"',
        b"[]",
        b"{}",
        b"not json",
        b'"\xff"',
        b"[" * 100_000,
        answer(statusCode=99),
        answer(statusCode=True),
        answer(statusCode="9" * 5000),
        answer(statusCode="x"),
        answer(statusCode=200, body={"a": 1}),
        answer(statusCode=200, body="!", isBase64Encoded=True),
        answer(statusCode=200, headers=[]),
    ],
)
def test_malformed_responses_of_a_rest_api(payload: bytes) -> None:
    with pytest.raises(MalformedResponse):
        REST.response(payload)


ODD: dict[str, dict[str, Any]] = {
    "value that is not latin-1": {"headers": {"X": "5 €"}},
    "value that is null": {"headers": {"X": None}},
    "value that is an object": {"headers": {"X": {"a": 1}}},
    "value that is a list": {"headers": {"X": ["a"]}},
    "name with a line break": {"headers": {"X\r\nX-Injected": "a"}},
    "name with a colon": {"headers": {"X: a\r\nX-Injected": "a"}},
    "name with a space": {"headers": {"X Y": "a"}},
    "name without a letter": {"headers": {"": "a"}},
    "name that is not ASCII": {"headers": {"Xé": "a"}},
    "status that ends nothing": {"statusCode": 100},
    "status that upgrades": {"statusCode": "101"},
    "status beyond": {"statusCode": 600},
}
LISTS: dict[str, dict[str, Any]] = {
    "null": {"Set-Cookie": None},
    "text": {"Set-Cookie": "a=1"},
    "list with null": {"Set-Cookie": [None]},
    "name with a line break": {"X\r\nX-Injected": ["a"]},
}
COOKIES: dict[str, Any] = {"number": 5, "zero": 0, "text": "a=1", "list with a list": [["a=1"]], "list with €": ["a=€"]}


@pytest.mark.parametrize(
    ("api", "odd", "status"),
    [
        ("v1", {**ODD, **{f"several: {name}": {"multiValueHeaders": each} for name, each in LISTS.items()}}, 502),
        ("v2", {**ODD, **{f"cookies: {name}": {"cookies": each} for name, each in COOKIES.items()}}, 500),
        ("url", {**ODD, **{f"cookies: {name}": {"cookies": each} for name, each in COOKIES.items()}}, 502),
    ],
)
def test_an_odd_response_is_the_gateway_s_error(
    make_lab: MakeLab, api: str, odd: dict[str, dict[str, Any]], status: int
) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    for name, fields in odd.items():
        got = requests.post(f"{lab.url}/?do=answer", json={"statusCode": 200, **fields}, timeout=30)
        assert (got.status_code, "internal server error" in got.text.lower()) == (status, True), name
        assert "X-Injected" not in got.headers, name
    assert {each["status"] for each in requests.get(f"{lab.live_url}/events", timeout=30).json()["requests"]} == {
        status
    }


@pytest.mark.parametrize("api", ["v1", "v2", "url"])
def test_what_is_odd_but_harmless_is_sent(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    headers = {"X-Number": 5, "X-Float": 1.5, "X-True": True, "X-Latin": "é", "X-Control": "a\0b\x0bc"}
    got = requests.post(f"{lab.url}/?do=answer", json={"statusCode": "299", "headers": headers}, timeout=30)
    assert got.status_code == 299
    assert {name: got.headers[name] for name in headers} == {
        **{"X-Number": "5", "X-Float": "1.5", "X-True": "true", "X-Latin": "é", "X-Control": "a b c"}
    }
