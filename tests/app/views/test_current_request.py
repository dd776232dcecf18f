"""What a request says of its caller."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask, g
from flask.ctx import RequestContext as FlaskContext
from flask.testing import FlaskClient

from app.access.grant import Caller, Grant
from app.access.policy import Access
from app.access.subkeys import Subkeys
from app.core.config import Platform, Settings
from app.core.errors import SignatureInvalid, Unauthorized
from app.views import current_request
from tests.conftest import FakeClock
from tests.support.http_client import HTML
from tests.support.use_cases import new_context

NO_SESSION = Subkeys(lambda: b"s" * 16).digest("session")
OPEN = Access(Settings(), Platform(), now=lambda: 0.0, session_digest=NO_SESSION)
CLOSED = Access(Settings(api_keys=("0" * 64,)), Platform(), now=lambda: 0.0, session_digest=NO_SESSION)


def asking(target: str = "/", **headers: str) -> AbstractContextManager[FlaskContext]:
    """Return a request from this machine; write header names with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    context: FlaskContext = Flask(__name__).test_request_context(
        target, headers=named, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    )
    return context


# of nginx, Caddy, HAProxy, Squid, Varnish, Envoy, IIS, WebLogic; Cloudflare, CloudFront, Akamai, Fastly, Azure, Fly,
# Vercel, Netlify, App Engine, Alibaba; ngrok and Tailscale
PROXIED = (
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded", "Forwarded-For", "Forwarded", "Via"),
    *("X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Cluster-Client-IP", "Client-IP", "X-Original-Forwarded-For"),
    *("X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "X-ProxyUser-Ip", "X-Varnish", "Surrogate-Capability"),
    *("X-Envoy-External-Address", "X-ARR-SSL", "WL-Proxy-Client-IP", "Proxy-Client-IP", "Front-End-Https"),
    *("CF-Connecting-IP", "CF-Ray", "CDN-Loop", "CloudFront-Viewer-Address", "X-Amz-Cf-Id", "X-Amzn-Trace-Id"),
    *("Akamai-Origin-Hop", "Fastly-Client-IP", "X-Azure-ClientIP", "Fly-Client-IP", "X-Vercel-Id", "X-NF-Client-IP"),
    *("X-Appengine-User-IP", "Ali-CDN-Real-IP", "Ngrok-Auth-User", "Tailscale-User-Login", "X-Some-New-Client-IP"),
)


@pytest.fixture(params=PROXIED)
def proxied(request: pytest.FixtureRequest) -> Iterator[str]:
    with asking(**{request.param: "203.0.113.9"}):
        yield request.param


def test_a_request_has_the_time_that_it_began_with() -> None:
    with asking():
        g.context = new_context()
        assert current_request.context() is g.context


def test_the_caller_is_what_access_is_decided_on() -> None:
    headers = {"Authorization": "Bearer k", "Origin": "https://a.example", "Sec_Fetch_Site": "cross-site"}
    with asking("/resize?id=1&width=20&width=30", Host="img.example:8080", **headers):
        assert current_request.caller() == Caller(
            address="127.0.0.1",
            forwarded=False,
            authorization="Bearer k",
            host="img.example:8080",
            origin="https://a.example",
            fetch_site="cross-site",
            path="/resize",
            pairs=(("id", "1"), ("width", "20"), ("width", "30")),
        )


def test_a_header_of_a_proxy_ends_the_trust_in_loopback(proxied: str) -> None:
    assert current_request.caller().forwarded
    assert current_request.grant(OPEN).level == "none"


def test_a_proxy_that_sends_no_header_may_show_itself_by_its_protocol() -> None:
    with asking() as context:
        context.request.environ["SERVER_PROTOCOL"] = "HTTP/1.0"
        assert current_request.grant(OPEN).level == "none"


@pytest.mark.parametrize("header", ["User-Agent", "Accept", "Cookie", "Referer", "Priority", "DNT", "X-Requested-With"])
def test_other_headers_end_no_trust(header: str) -> None:
    with asking(**{header: "x"}):
        assert current_request.grant(OPEN).level == "local"


def test_without_one_loopback_is_open_unless_keys_are_set() -> None:
    with asking():
        assert current_request.grant(OPEN).level == "local"
        assert current_request.grant(CLOSED).level == "none"
    with asking("/?s=web.x"), pytest.raises(SignatureInvalid):
        current_request.grant(OPEN)


def test_who_may_write_is_decided_by_the_caller_and_the_site() -> None:
    with asking():
        assert current_request.require_write(OPEN, "POST /upload").level == "local"
        with pytest.raises(Unauthorized, match="POST /upload needs a key"):
            current_request.require_write(CLOSED, "POST /upload")
    with asking(Sec_Fetch_Site="cross-site"), pytest.raises(Unauthorized, match="another site"):
        current_request.require_write(OPEN, "POST /upload")


@pytest.mark.parametrize("path", ["/resize?id={id}&w=40", "/info?id={id}", "/images/{id}/original", "/images"])
@pytest.mark.parametrize("stored", [{}, {"/m/dev/keys": " , "}], ids=["revoked", "empty"])
def test_keys_that_cannot_be_read_close_every_door_and_are_read_once(
    client: Callable[..., FlaskClient], clock: FakeClock, path: str, stored: dict[str, str]
) -> None:
    """To everybody, and to callers on this machine, whom a server without keys would let in."""
    reads: list[object] = []

    def read(names: object) -> dict[str, str]:
        reads.append(names)
        return stored

    http = client(api_keys=("ssm:/m/dev/keys",), read_secrets=read, now=clock)
    for headers in ({}, {"Origin": "https://other.example"}, {"X-Monolambda-Key": "any"}, HTML):
        answer = http.get(path.format(id="0" * 32), headers=headers)
        assert answer.status_code == 503, answer.text
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(reads) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize(("header", "scheme"), [("Authorization", "Bearer "), ("X-Monolambda-Key", "")])
def test_a_key_may_be_any_text_however_its_sender_encodes_headers(
    client: Callable[..., FlaskClient], header: str, scheme: str, encoding: str
) -> None:
    """curl sends the bytes of its terminal, and fetch takes Latin-1 alone."""
    key = "clé voilà"
    http = client(api_keys=(hashlib.sha256(key.encode()).hexdigest(),))
    sent = f"{scheme}{key}".encode(encoding).decode("latin-1")
    assert http.get("/images", headers={header: sent}).status_code == 200
    assert http.get("/images", headers={header: f"{sent}!"}).status_code == 401


def test_what_a_caller_may_do_is_found_once() -> None:
    class Counted(Access):
        found = 0

        def identify(self, caller: Caller) -> Grant:
            self.found += 1
            return super().identify(caller)

    access = Counted(Settings(), Platform(), now=lambda: 0.0, session_digest=NO_SESSION)
    with asking():
        assert current_request.grant(access).level == "local"
        assert not current_request.is_shared(access, refused=False)
        assert current_request.require_write(access, "POST /upload").level == "local"
    assert access.found == 1
