"""Signing in and out, with plain forms, as browsers send them."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from app import create_app
from app.access.sessions import COOKIE, LIFETIME_S
from app.container import Container
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.door import Door
from tests.support.http_client import HTML, KEY, KEY_HASH, SIGNING_KEY, form, problem, put
from tests.support.http_events import rest

CLOSED: dict[str, Any] = {"api_keys": (KEY_HASH,), "signing_keys": (f"a:{SIGNING_KEY}",)}
PHOTO, OTHER = (drawing.encoded(drawing.photo(width, 120), "JPEG") for width in (160, 90))
OWN = {"Origin": "http://localhost"}


@pytest.fixture
def http(client: Callable[..., FlaskClient]) -> FlaskClient:
    return client(**CLOSED)


def sign_in(http: FlaskClient, key: str = KEY, **fields: str) -> TestResponse:
    return http.post("/login", data={"key": key, **fields}, headers={**HTML, **OWN})


def test_a_key_opens_a_session_that_may_do_everything(http: FlaskClient) -> None:
    assert http.get("/srcset?id=0").status_code == 401
    answer = sign_in(http)
    assert (answer.status_code, answer.location) == (303, "/")
    stored = http.post("/upload", data=PHOTO, content_type="image/jpeg", headers=OWN).get_json()["images"][0]["id"]
    assert http.get(f"/resize?id={stored}&w=40").status_code == 200
    assert http.get(f"/images/{stored}/original").data == PHOTO
    assert http.get("/status").get_json()["mode"] == "local"
    assert http.delete(f"/images/{stored}", headers=OWN).status_code == 204


def test_the_cookie_is_for_this_site_alone_and_for_no_script(http: FlaskClient) -> None:
    cookie = sign_in(http).headers["Set-Cookie"]
    attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in cookie.split(";")}
    assert attributes["SameSite"] == "Strict"
    assert "HttpOnly" in attributes
    assert attributes["Max-Age"] == str(LIFETIME_S)
    assert attributes["Path"] == "/"
    assert "Domain" not in attributes
    assert KEY not in cookie
    assert KEY_HASH not in cookie


def test_over_https_the_cookie_never_leaves_it(client: Callable[..., FlaskClient]) -> None:
    over_https = client(**CLOSED).post("/login", data={"key": KEY}, base_url="https://localhost")
    assert "Secure" in over_https.headers["Set-Cookie"]
    behind_tls = sign_in(client(**CLOSED, public_url="https://img.example"))
    assert "Secure" in behind_tls.headers["Set-Cookie"]
    assert "Secure" not in sign_in(client(**CLOSED)).headers["Set-Cookie"]


def test_a_session_does_what_its_key_does_with_a_link_that_has_expired(http: FlaskClient) -> None:
    problem(http.get("/status?s=a.x"), 403, "signature_invalid")
    sign_in(http)
    assert http.get("/status?s=a.x").get_json()["mode"] == "local"
    assert "Sign out" in http.get("/?s=a.x").text


@pytest.mark.parametrize(("body", "status"), [(f"key={KEY}".encode(), 303), (b"key=" + b"a" * 65_536, 413)])
def test_a_form_that_states_no_length_is_judged_by_its_own(
    make_container: Callable[..., Container], body: bytes, status: int
) -> None:
    """A chunked one comes so from flask run; make serve states the length of what it has read."""
    form_type = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_ORIGIN": "http://localhost"}
    environ = create_environ("/login", method="POST") | form_type
    environ |= {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    environ.pop("CONTENT_LENGTH", None)
    _, answered, _ = run_wsgi_app(create_app(make_container(**CLOSED)), environ)
    assert answered.startswith(str(status))


def test_a_wrong_key_is_told_nothing(http: FlaskClient) -> None:
    answer = sign_in(http, KEY[:-1])
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert "That is not a key of this service." in answer.text
    assert KEY[:-1] not in answer.text
    assert answer.text == sign_in(http, "nothing like it").text
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="monolambda"'


def test_a_program_is_told_of_a_wrong_key_as_of_everything_else(http: FlaskClient) -> None:
    answer = http.post("/login", data={"key": "wrong"}, headers={**OWN, "Accept": "application/json"})
    assert "not a key" in problem(answer, 401, "unauthorized")["detail"]


def test_attempts_are_limited_and_the_limit_passes(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    http = client(make_container(**CLOSED, clock=clock))
    assert [sign_in(http, "guess").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = problem(http.post("/login", data={"key": KEY}, headers=OWN), 429, "rate_limited")
    assert "attempts to sign in" in refused["detail"]
    clock.advance(10)
    assert sign_in(http).status_code == 303


def test_attempts_are_counted_by_all_processes_of_a_machine(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    processes = [client(make_container(**CLOSED, clock=clock)) for _ in range(4)]
    codes = [sign_in(processes[turn % 4], "guess").status_code for turn in range(24)]
    assert codes == [401] * 5 + [429] * 19


def test_who_has_tried_too_often_waits_on_the_page_that_leads_on(http: FlaskClient) -> None:
    for _ in range(5):
        sign_in(http, "guess", next="/images?limit=3")
    refused = sign_in(http, "guess", next="/images?limit=3")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert '<input type="hidden" name="next" value="/images?limit=3">' in refused.text
    assert "Too many attempts to sign in from this address; wait 10 s." in refused.text
    assert 'name="key"' in refused.text
    assert "aria-invalid" not in refused.text, "nobody has looked at the key"


def test_the_link_at_the_top_of_the_page_leads_on_too(http: FlaskClient) -> None:
    target = "/images?limit=3"
    pages = [http.get("/login", query_string={"next": target}, headers=HTML)]
    pages += [sign_in(http, "guess", next=target) for _ in range(6)]
    assert [page.status_code for page in pages] == [200, *[401] * 5, 429]
    for page in pages:
        assert re.findall(r'href="([^"]*)"[^>]*>Sign in<', page.text) == ["/login?next=/images?limit%3D3"]


def test_signing_out_ends_the_session_in_this_browser(http: FlaskClient) -> None:
    sign_in(http)
    assert "Sign out" in http.get("/").text
    answer = http.post("/logout", headers=OWN)
    assert (answer.status_code, answer.location) == (303, "/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert http.get_cookie(COOKIE) is None
    assert http.get("/status").get_json().keys() >= {"status"}
    assert "Sign in" in http.get("/").text


@pytest.mark.parametrize(
    ("settings", "status"),
    [(CLOSED, 201), ({**CLOSED, "api_keys": ("f" * 64,)}, 401), ({**CLOSED, "secret": "s" * 32}, 401)],
    ids=["the same", "another key", "another secret"],
)
def test_a_session_ends_when_its_key_or_the_secret_is_replaced(
    client: Callable[..., FlaskClient], http: FlaskClient, settings: dict[str, Any], status: int
) -> None:
    sign_in(http)
    cookie = http.get_cookie(COOKIE)
    assert cookie is not None
    rebuilt = client(**settings)
    rebuilt.set_cookie(COOKIE, cookie.value)
    answer = rebuilt.post("/upload", data=PHOTO, content_type="image/jpeg", headers=OWN)
    assert answer.status_code == status
    assert ("Sign out" in rebuilt.get("/").text) == (status == 201)


def test_an_expired_session_is_a_stranger(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    http = client(make_container(**CLOSED, now=clock))
    sign_in(http)
    cookie = http.get_cookie(COOKIE)
    assert cookie is not None
    clock.advance(LIFETIME_S + 1)
    http.set_cookie(COOKIE, cookie.value)  # a browser would have dropped it
    problem(http.post("/upload", data=PHOTO, content_type="image/jpeg", headers=OWN), 401, "unauthorized")
    assert "Sign in" in http.get("/").text


# what a browser says of a page of another site; a sandboxed one has the origin null
FOREIGN = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
RAW = {"data": PHOTO, "content_type": "image/jpeg"}


@pytest.mark.parametrize("headers", [*FOREIGN, {}])  # no browser leaves both out
@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/upload", lambda: RAW),
        ("POST", "/upload", lambda: form(("b.jpg", OTHER))),
        ("POST", "/upload", lambda: form(url="https://img.example/a.jpg")),
        ("POST", "/upload/presign", lambda: {"json": {"content_type": "image/jpeg", "bytes": 9}}),
        ("POST", "/upload/complete", lambda: {"json": {"token": "t"}}),
        ("POST", "/images/{id}/delete", dict),
        ("DELETE", "/images/{id}", dict),
        ("POST", "/resize?w=40", lambda: RAW),
    ],
)
def test_no_other_site_writes_with_somebodys_session(
    http: FlaskClient, method: str, target: str, body: Callable[[], dict[str, Any]], headers: dict[str, str]
) -> None:
    sign_in(http)
    stored = put(http, PHOTO, **OWN)
    answer = http.open(target.format(id=stored), method=method, headers=headers, **body())
    problem(answer, 401, "unauthorized")
    assert http.get(f"/images/{stored}").status_code == 200
    assert len(http.get("/images").get_json()["images"]) == 1


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("target", ["/login", "/logout"])
def test_no_other_site_signs_anybody_in_or_out(http: FlaskClient, target: str, headers: dict[str, str]) -> None:
    sign_in(http)
    answer = http.post(target, data={"key": KEY}, headers=headers)
    problem(answer, 401, "unauthorized")
    assert "Set-Cookie" not in answer.headers


def test_every_form_of_the_pages_is_among_those_that_were_tried(http: FlaskClient) -> None:
    """A new form needs a row above."""
    sign_in(http)
    stored = put(http, PHOTO, **OWN)
    pages = [http.get(path, headers=HTML).text for path in ("/", f"/images/{stored}", f"/images/{stored}/delete")]
    http.delete_cookie(COOKIE)
    pages.append(http.get("/login", headers=HTML).text)
    found = set(re.findall(r'<form[^>]*action="([^"]*)"[^>]*method="post"', "".join(pages)))
    assert found == {"/upload", f"/images/{stored}/delete", "/login", "/logout"}


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb"])
def test_after_signing_in_nobody_is_sent_elsewhere(http: FlaskClient, target: str) -> None:
    assert sign_in(http, next=target).location == "/"


def test_after_signing_in_a_visitor_is_back_where_they_were(http: FlaskClient) -> None:
    page = http.get("/status?a=1", headers=HTML).text
    assert "/login?next=/status?a%3D1" in page
    assert sign_in(http, next="/status?a=1").location == "/status?a=1"


def test_a_session_works_in_every_container_on_lambda_under_a_stage(door: Callable[..., Door]) -> None:
    settings = {**CLOSED, "public": False}
    first, second = door(**settings), door(**settings)
    own = {"Origin": "https://abc123.execute-api.eu-west-1.amazonaws.com", "Accept": "text/html"}
    form = {**own, "Content-Type": "application/x-www-form-urlencoded"}
    answer = first.http(rest("POST", "/login", headers=form, body=b"key=" + KEY.replace(" ", "+").encode()))
    assert (answer.status, answer.headers["location"]) == (303, ["/dev/"])
    cookie = answer.cookies[0]
    assert "Secure" in cookie
    assert "Path=/dev" in cookie
    held = {**own, "Cookie": cookie.partition(";")[0]}
    assert b"Sign out" in second.http(rest("GET", "/", headers=held)).body
    assert second.http(rest("GET", "/srcset", query="id=0", headers=held)).status != 401


@pytest.mark.parametrize(
    ("settings", "proxied", "words"),
    [
        ({}, {}, "You need no key here"),
        ({"public": True}, {}, "You need no key here"),
        ({}, {"Via": "1.1 proxy"}, "no API key is configured"),
    ],
)
def test_where_there_are_no_keys_nobody_is_asked_to_sign_in(
    client: Callable[..., FlaskClient], settings: dict[str, Any], proxied: dict[str, str], words: str
) -> None:
    http = client(**settings)
    for path in ("/", "/docs", "/images", "/login"):
        page = http.get(path, headers={**HTML, **proxied})
        assert "/login" not in re.sub("<code>.*?</code>|<dd>.*?</dd>", "", page.text), path
        assert 'name="key"' not in page.text
    assert words in page.text
