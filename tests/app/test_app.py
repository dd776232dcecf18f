"""The app as a whole: the methods of its routes, and the hosts it answers for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core.config import from_environ
from tests.support.http_client import HTML, named

VOLATILE = {"X-Request-Id", "Server-Timing", "X-Cache", "Date"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/healthz",
        "/images/{id}",
        "/images/{id}/original",
        "/images/{id}/delete",
        "/resize?id={id}&w=40&download=a.jpg",
        "/resize?w=x",
        "/nowhere",
    ],
)
def test_head_is_get_without_the_body(http: FlaskClient, image_id: str, path: str) -> None:
    got, head = (http.open(path.format(id=image_id), method=method) for method in ("GET", "HEAD"))
    assert head.data == b""
    assert head.status_code == got.status_code
    assert _steady(head.headers.items()) == _steady(got.headers.items())


def _steady(headers: object) -> dict[str, str]:
    return {name: value for name, value in headers if name not in VOLATILE}  # type: ignore[attr-defined]


ALLOWED = [
    ("/", {"GET", "HEAD", "OPTIONS"}),
    ("/docs", {"GET", "HEAD", "OPTIONS"}),
    ("/upload", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/resize", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/images/x", {"GET", "HEAD", "DELETE", "OPTIONS"}),
    ("/images/x/original", {"GET", "HEAD", "OPTIONS"}),
    ("/images/x/delete", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/status", {"GET", "HEAD", "OPTIONS"}),
    ("/healthz", {"GET", "HEAD", "OPTIONS"}),
    ("/upload/presign", {"POST", "OPTIONS"}),
    ("/upload/incoming", {"POST", "OPTIONS"}),
    ("/upload/complete", {"POST", "OPTIONS"}),
    ("/status/x", {"GET", "HEAD", "OPTIONS"}),
]


@pytest.mark.parametrize(("path", "methods"), ALLOWED)
def test_options_and_405_name_the_methods(http: FlaskClient, path: str, methods: set[str]) -> None:
    allowed, refused = (http.open(path, method=method) for method in ("OPTIONS", "PATCH"))
    assert (allowed.status_code, refused.status_code) == (200, 405)
    for answer in (allowed, refused):
        assert {name.strip() for name in answer.headers["Allow"].split(",")} == methods
    assert refused.get_json(force=True)["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_address_that_a_form_leaves_behind_leads_to_the_form(http: FlaskClient, method: str) -> None:
    answer = http.open("/upload", method=method)
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:5000", "127.0.0.1", "127.0.0.1:80"])
def test_loopback_names_are_trusted_hosts(http: FlaskClient, host: str) -> None:
    assert http.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]"])
@pytest.mark.parametrize("accept", [{}, HTML], ids=["program", "browser"])
def test_other_hosts_are_refused(http: FlaskClient, host: str, accept: dict[str, str]) -> None:
    """DNS rebinding: a page could point its own name at 127.0.0.1 and be of the same origin."""
    answer = http.get("/status", headers={"Host": host, **accept})
    assert named(answer) == ["Host"]
    assert "evil" not in answer.text


def test_hosts_can_be_listed(client: Callable[..., FlaskClient]) -> None:
    http = client(trusted_hosts=("img.example.com",))
    assert http.get("/healthz", headers={"Host": "img.example.com:8443"}).status_code == 200
    assert http.get("/healthz", headers={"Host": "localhost"}).status_code == 400
    assert client(trusted_hosts=("*",)).get("/healthz", headers={"Host": "any.example"}).status_code == 200


def test_hosts_are_compared_without_case(client: Callable[..., FlaskClient]) -> None:
    http = client(trusted_hosts=from_environ({"MONOLAMBDA_TRUSTED_HOSTS": "Img.Example.com"}).trusted_hosts)
    for host in ("img.example.com", "Img.Example.com", "IMG.EXAMPLE.COM:8443"):
        assert http.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_name_of_this_machine_is_local_in_any_case(http: FlaskClient) -> None:
    headers = {"Host": "LocalHost:5000", "Origin": "http://localhost:5000"}
    assert http.post("/upload", data=b"no image", headers=headers).status_code == 415
