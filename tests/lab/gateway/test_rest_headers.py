"""The table of headers that a REST API drops or renames, and the same on the whole way."""

from __future__ import annotations

import pytest
import requests

from lab.gateway.rest_headers import remapped
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.gateway_shapes import REST, request

RENAMED = (
    *("Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Max-Forwards"),
    *("Server", "User-Agent", "WWW-Authenticate"),
)
DROPPED_BACK = ("Expect", "Host", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via")
PASSED = ("Accept", "Age", "Content-Encoding", "Content-Type", "Pragma", "Range", "Referer", "ETag", "X-Own")
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261126/eu-west-1/execute-api/aws4_request"


def test_a_response_s_headers_are_passed_renamed_or_dropped() -> None:
    sent = {name: name for name in (*RENAMED, *DROPPED_BACK, *PASSED)}
    expected = {f"x-amzn-Remapped-{name}": name for name in RENAMED} | {name: name for name in PASSED}
    assert dict(remapped(tuple(sent.items()))) == expected


def test_a_request_s_headers_are_passed_or_dropped() -> None:
    dropped = (
        *("Connection", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "TE", "Trailer"),
        *("Transfer-Encoding", "Upgrade", "WWW-Authenticate"),
    )
    passed = ("Authorization", "Content-Type", "Date", "User-Agent", "Via", "X-Own")
    event = REST.event(request("/dev/x", headers=tuple((name, "a") for name in (*dropped, *passed))))
    assert {*passed} <= {*event["headers"]}
    assert not {*dropped} & {*event["headers"], *event["multiValueHeaders"]}


def test_a_signature_for_aws_stays_at_the_gateway() -> None:
    event = REST.event(request("/dev/x", headers=(("authorization", SIGNED),)))
    assert "authorization" not in event["headers"]


@pytest.mark.parametrize(("api", "traits"), [("v1", {}), ("url", {}), ("v1", {"remap_headers": False}), ("v2", {})])
def test_a_browser_does_not_see_www_authenticate(make_lab: MakeLab, api: str, traits: dict[str, bool]) -> None:
    lab = make_lab(handler="probe.proxy", api=api, **traits)
    answer = requests.get(f"{lab.url}/?do=refuse", timeout=30)
    name = "x-amzn-Remapped-WWW-Authenticate" if api != "v2" and not traits else "WWW-Authenticate"
    assert (answer.status_code, answer.headers[name]) == (401, 'Bearer realm="probe"')
    assert len([header for header in answer.headers if header.lower().endswith("www-authenticate")]) == 1
