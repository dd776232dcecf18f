"""Function responses that are accepted, and those that are malformed."""

from __future__ import annotations

import base64

import pytest

from lab.gateway.http_api import HttpApi
from lab.gateway.responses import MalformedResponse
from lab.gateway.rest import RestApi
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
        answer(statusCode=99),
        answer(statusCode="x"),
        answer(statusCode=200, body={"a": 1}),
        answer(statusCode=200, body="!", isBase64Encoded=True),
        answer(statusCode=200, headers=[]),
    ],
)
def test_malformed_responses_of_a_rest_api(payload: bytes) -> None:
    with pytest.raises(MalformedResponse):
        REST.response(payload)
