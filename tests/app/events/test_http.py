"""HTTP events of every sender, through the real handler."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, request

from app.access import signing
from app.access.policy import KEY_HELP
from app.core.config import MANAGED_INSTANCES, Platform
from measurement.lambda_context import LambdaContext
from tests.support.door import Door
from tests.support.drawing import encoded, noise, opened, photo
from tests.support.http_client import KEY, KEY_HASH
from tests.support.http_events import HOST, SOURCE_IP, Event, alb, http_api, rest

Build = Callable[..., Event]
SENDERS: dict[str, Build] = {
    "rest": rest,
    "http_api": http_api,
    "http_api_stage": partial(http_api, stage="dev"),
    "alb": alb,
    "alb_multi": partial(alb, multi=True),
}
every_sender = pytest.mark.parametrize("build", SENDERS.values(), ids=SENDERS)
JPEG = encoded(photo(320, 240), "JPEG")
TYPED = "application/x-www-form-urlencoded"


@every_sender
def test_an_image_is_stored_and_returned_byte_for_byte(door: Callable[..., Door], build: Build) -> None:
    here = door()
    uploaded = here.http(build("POST", "/upload", body=JPEG, headers={"Content-Type": "image/jpeg"}))
    assert uploaded.status == 201
    image = uploaded.json["images"][0]
    original = here.http(build("GET", f"/images/{image['id']}/original"))
    assert original.body == JPEG
    assert original.headers["content-type"] == ["image/jpeg"]
    small = here.http(build("GET", "/resize", query=f"id={image['id']}&w=100&format=png"))
    assert opened(small.body).size == (100, 75)


@every_sender
def test_multipart_bodies_arrive_whole(door: Callable[..., Door], build: Build) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG + b"\r\n--x--\r\n"
    answer = door().http(
        build("POST", "/upload", body=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    )
    assert answer.status == 201
    assert answer.json["images"][0]["bytes"] == len(JPEG)


@every_sender
def test_a_query_keeps_its_reserved_characters(door: Callable[..., Door], build: Build) -> None:
    here = door()
    answer = here.http(build("POST", "/resize", query="crop=10%2C20%2C100%2C50&bg=%23fff", body=JPEG))
    assert opened(answer.body).size == (100, 50)


@every_sender
def test_the_platform_gives_the_request_id_and_the_time(door: Callable[..., Door], build: Build) -> None:
    here = door()
    answer = here(build("GET", "/healthz"), LambdaContext(remaining_ms=29_000))
    headers = {name.lower(): value for name, value in (answer.get("headers") or answer["multiValueHeaders"]).items()}
    assert LambdaContext().aws_request_id in str(headers["x-request-id"])
    late = here(build("POST", "/resize", query="w=10", body=JPEG), LambdaContext(remaining_ms=700))
    assert late["statusCode"] in (422, 503), "750 ms of Lambda's time are kept back, so 700 ms are none"


@every_sender
def test_errors_are_problems_in_text(door: Callable[..., Door], build: Build) -> None:
    raw = door()(build("GET", "/resize", query="id=x&w=abc"))
    assert raw["statusCode"] == 400
    assert raw["isBase64Encoded"] is False
    assert '"parameter":"w"' in raw["body"]


@every_sender
def test_bad_base64_is_a_problem_of_the_body(door: Callable[..., Door], build: Build) -> None:
    event = {**build("POST", "/upload"), "body": "no*base64", "isBase64Encoded": True}
    answer = door().http(event)
    assert (answer.status, answer.json["errors"][0]["parameter"]) == (400, "body")


@every_sender
def test_a_body_that_was_read_as_text_gets_a_hint(door: Callable[..., Door], build: Build) -> None:
    event = {**build("POST", "/upload"), "body": JPEG.decode(errors="replace"), "isBase64Encoded": False}
    answer = door().http(event)
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert "*/*" in answer.json["detail"]


def test_a_lone_surrogate_in_a_body_is_refused(door: Callable[..., Door]) -> None:
    event = {**rest("POST", "/upload"), "body": "\ud800", "isBase64Encoded": False}
    assert door().http(event).status == 400


@every_sender
def test_without_keys_a_write_is_refused_with_how_to_get_access(door: Callable[..., Door], build: Build) -> None:
    answer = door(public=False).http(build("POST", "/upload", body=JPEG))
    assert answer.status == 401
    assert KEY_HELP in answer.json["detail"]


@every_sender
def test_a_key_opens_writes(door: Callable[..., Door], build: Build) -> None:
    here = door(public=False, api_keys=(hashlib.sha256(b"open").hexdigest(),))
    bearer = {"Authorization": "Bearer open", "Content-Type": "image/jpeg"}
    assert here.http(build("POST", "/upload", body=JPEG, headers=bearer)).status == 201
    assert here.http(build("POST", "/upload", body=JPEG, headers=bearer | {"Authorization": "Bearer no"})).status == 401


def probe(app: Flask) -> None:
    """Give the app a route that shows what arrived and answers with repeated headers."""

    def show() -> Response:
        response = Response(f"{request.remote_addr}|{request.script_root}|{request.path}|{request.host}")
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        response.headers.add("Link", "</a>")
        response.headers.add("Link", "</b>")
        response.headers["X-Cookies"] = "/".join(f"{name}={value}" for name, value in sorted(request.cookies.items()))
        return response

    app.add_url_rule("/probe", "probe", show)


@every_sender
def test_repeated_headers_and_cookies_survive(door: Callable[..., Door], build: Build) -> None:
    here = door()
    probe(here.app)
    event = build("GET", "/probe", headers={"Cookie": "c=3; d=4"})
    answer = here.http(event)
    assert sorted(answer.cookies) == ["a=1", "b=2"]
    assert answer.headers["link"] == ["</a>, </b>"]
    assert answer.headers["x-cookies"] == ["c=3/d=4"]


def test_cookies_that_a_gateway_splits_arrive_whole(door: Callable[..., Door]) -> None:
    here = door()
    probe(here.app)
    listed = here.http(http_api("GET", "/probe", cookies=["c=3", "d=4"]))
    several = rest("GET", "/probe")
    several["multiValueHeaders"]["Cookie"] = ["c=3", "d=4"]
    balanced = alb("GET", "/probe", multi=True)
    balanced["multiValueHeaders"]["cookie"] = ["c=3", "d=4"]
    assert listed.headers["x-cookies"] == here.http(several).headers["x-cookies"] == ["c=3/d=4"]
    assert here.http(balanced).headers["x-cookies"] == ["c=3/d=4"]


def test_the_address_is_the_one_the_gateway_saw(door: Callable[..., Door]) -> None:
    here = door()
    probe(here.app)
    balanced = (alb("GET", "/probe"), alb("GET", "/probe", multi=True))
    for event in (rest("GET", "/probe"), http_api("GET", "/probe"), *balanced):
        assert here.http(event).body.decode().split("|")[0] == SOURCE_IP


def test_behind_a_load_balancer_attempts_to_sign_in_are_counted_for_each_client(door: Callable[..., Door]) -> None:
    """All clients were one, and anybody locked out everybody."""
    here = door(public=False, api_keys=(hashlib.sha256(b"open").hexdigest(),))

    def sign_in(client: str, key: str) -> int:
        headers = {"x-forwarded-for": f"192.0.2.7, {client}", "Content-Type": "application/x-www-form-urlencoded"}
        return here.http(alb("POST", "/login", body=f"key={key}".encode(), headers=headers)).status

    assert [sign_in("203.0.113.1", "wrong") for _ in range(6)] == [401] * 5 + [429]
    assert sign_in("198.51.100.7", "open") == 303


PREFIXES: dict[str, tuple[Event, str]] = {
    "execute-api stage": (rest("GET", "/probe", prefix="/dev"), "/dev"),
    "custom domain": (rest("GET", "/probe", prefix="", host="img.example"), ""),
    "base path mapping": (rest("GET", "/probe", prefix="/img", path_has_prefix=True, host="img.example"), "/img"),
    "http api stage": (http_api("GET", "/probe", stage="dev"), "/dev"),
    "http api default stage": (http_api("GET", "/probe"), ""),
    "load balancer": (alb("GET", "/probe"), ""),
}


@pytest.mark.parametrize(("event", "prefix"), PREFIXES.values(), ids=PREFIXES)
def test_the_prefix_is_everything_before_our_path(door: Callable[..., Door], event: Event, prefix: str) -> None:
    here = door()
    probe(here.app)
    assert here.http(event).body.decode().split("|")[1:3] == [prefix, "/probe"]


@pytest.mark.parametrize("prefix", ["/dev", "", "/img"])
def test_the_root_page_links_below_the_prefix(door: Callable[..., Door], prefix: str) -> None:
    page = door().http(rest("GET", "/", prefix=prefix)).body.decode()
    assert re.search(rf'href="{prefix}/static/\w+/style\.css"', page)
    assert f'action="{prefix}/upload"' in page


def test_links_in_json_lead_back_here(door: Callable[..., Door]) -> None:
    here = door()
    image = here.http(rest("POST", "/upload", body=JPEG)).json["images"][0]
    assert image["url"] == f"https://{HOST}/dev/images/{image['id']}"


def test_behind_cloudfront_links_lead_below_the_public_url(door: Callable[..., Door]) -> None:
    """CloudFront adds the stage as origin path and sends the origin's Host: neither is what the viewer sees."""
    here = door(public_url="https://cdn.example/pictures")
    event = rest("POST", "/upload", body=JPEG)
    image = here.http(event).json["images"][0]
    assert image["url"] == f"https://cdn.example/pictures/images/{image['id']}"
    page = here.http(rest("GET", "/")).body.decode()
    assert 'action="/pictures/upload"' in page
    followed = here.http(rest("GET", f"/images/{image['id']}"))
    assert followed.json["url"] == image["url"]


def test_behind_cloudfront_a_person_signs_in_and_uploads(door: Callable[..., Door]) -> None:
    """The browser names the address of the distribution, and the Host is the gateway's own."""
    here = door(public_url="https://cdn.example", api_keys=(KEY_HASH,))
    browser = {"Origin": "https://cdn.example", "Sec-Fetch-Site": "same-origin"}
    typed = {**browser, "Content-Type": TYPED}
    signed_in = here.http(rest("POST", "/login", body=urlencode({"key": KEY}).encode(), headers=typed))
    assert signed_in.status == 303
    cookie = signed_in.cookies[0].partition(";")[0]
    sent = {**browser, "Cookie": cookie, "Content-Type": "image/jpeg"}
    assert here.http(rest("POST", "/upload", body=JPEG, headers=sent)).status == 201
    elsewhere = {**sent, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert here.http(rest("POST", "/upload", body=JPEG, headers=elsewhere)).status == 401
    assert here.http(rest("POST", "/logout", headers=browser)).status == 303


def test_behind_cloudfront_each_viewer_has_attempts_of_his_own_to_sign_in(door: Callable[..., Door]) -> None:
    """CloudFront is the gateway's caller; each of the two adds whom it saw to X-Forwarded-For."""
    here = door(api_keys=(KEY_HASH,), trusted_proxies=(f"{SOURCE_IP}/32",))

    def attempt(viewer: str) -> int:
        headers = {"X-Forwarded-For": f"127.0.0.1, {viewer}, {SOURCE_IP}", "Content-Type": TYPED}
        return here.http(rest("POST", "/login", body=b"key=guess", headers=headers)).status

    assert [attempt("198.51.100.1") for _ in range(6)] == [401] * 5 + [429]
    assert attempt("198.51.100.2") == 401


def test_redirects_stay_below_the_prefix(door: Callable[..., Door]) -> None:
    event = rest("POST", "/upload", body=JPEG, headers={"Accept": "text/html", "Content-Type": "image/jpeg"})
    answer = door().http(event)
    assert answer.status == 303
    assert answer.headers["location"][0].startswith("/dev/images/")


def test_large_answers_fit_the_envelope_or_say_so(door: Callable[..., Door]) -> None:
    big = encoded(noise(1200, 1200), "PNG")
    here = door()
    image = here.http(rest("POST", "/upload", body=big)).json["images"][0]
    assert here.http(rest("GET", f"/images/{image['id']}/original")).body == big


@pytest.mark.parametrize(
    "event",
    [
        {"httpMethod": 1, "path": 2},
        {"httpMethod": "GET", "path": "/", "headers": 7},
        {"httpMethod": "GET", "path": "/", "multiValueHeaders": {"Host": "text"}},
        {"version": "2.0", "requestContext": {"http": {}}},
        {"version": "2.0", "requestContext": {"http": {"method": "GET"}}, "rawPath": None, "headers": None},
        {"httpMethod": "GET", "path": "/", "requestContext": {"elb": 1}},
        {**rest("GET", "/healthz"), "requestContext": 5},
        {**rest("GET", "/healthz"), "pathParameters": 5},
        {**rest("POST", "/upload"), "body": 5, "isBase64Encoded": True},
    ],
)
def test_an_event_that_only_looks_like_http_is_answered(door: Callable[..., Door], event: Any) -> None:
    answer = door()(event)
    assert answer["statusCode"] in (200, 400)


@every_sender
@pytest.mark.parametrize("method", [None, 5, ["GET"], {}])
def test_a_method_that_is_no_text_is_the_fault_of_the_event(
    door: Callable[..., Door], build: Build, method: Any
) -> None:
    event = build("GET", "/healthz")
    if "httpMethod" in event:
        event["httpMethod"] = method
    else:
        event["requestContext"]["http"]["method"] = method
    answer = door().http(event)
    assert (answer.status, answer.json["errors"][0]["parameter"]) == (400, "event")
    assert answer.headers["cache-control"] == ["no-store"]


@pytest.mark.parametrize("headers", [{"headers": 7}, {"multiValueHeaders": {"Host": 7}}])
def test_why_a_read_is_refused_can_be_read_by_every_site(door: Callable[..., Door], headers: Any) -> None:
    here = door()
    for method, shared in {"GET": ["*"], "HEAD": ["*"], "POST": None, "DELETE": None}.items():
        answer = here.http({"httpMethod": method, "path": "/resize", **headers})
        assert (answer.status, answer.json["errors"][0]["parameter"]) == (400, "event")
        assert answer.headers.get("access-control-allow-origin") == shared


@pytest.mark.parametrize("method", ["GET", "POST", 5, None])
def test_the_method_of_a_malformed_event_is_found_in_the_newer_format(door: Callable[..., Door], method: Any) -> None:
    event = {"version": "2.0", "requestContext": {"http": {"method": method}}, "headers": 7}
    answer = door().http(event)
    assert answer.status == 400
    assert answer.headers.get("access-control-allow-origin") == (["*"] if method == "GET" else None)


@every_sender
@pytest.mark.parametrize("proto", ["javascript", "ftp", "http\r\nX: y", "//evil.example/", " "])
def test_no_link_begins_with_a_scheme_that_a_caller_made_up(
    door: Callable[..., Door], build: Build, proto: str
) -> None:
    problem = door().http(build("GET", "/nowhere", headers={"X-Forwarded-Proto": proto})).json
    assert problem["type"].startswith("https://")


@every_sender
@pytest.mark.parametrize("path", ["/images//x", "//images//\\evil.example", "/static/0////evil.example"])
def test_doubled_slashes_lead_to_a_path_and_to_no_host(door: Callable[..., Door], build: Build, path: str) -> None:
    answer = door().http(build("GET", path))
    assert answer.status == 308
    (location,) = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert HOST not in location


@every_sender
def test_a_signed_link_covers_no_body_of_an_event(door: Callable[..., Door], build: Build) -> None:
    secret = "a signing key for tests"
    here = door(public=False, api_keys=("0" * 64,), signing_keys=(f"k:{secret}",))
    signature = signing.sign("k", secret.encode(), "/info", [("id", "0" * 32)])
    query, headers = f"id={'0' * 32}&s={signature}", {"Content-Type": "application/json"}
    assert here.http(build("GET", "/info", query=query)).status == 404
    for body in (b'{"exif": "all"}', b""):
        assert here.http(build("POST", "/info", query=query, headers=headers, body=body)).status == 403


@pytest.mark.parametrize(
    ("initialization", "cold"),
    [("on-demand", True), ("provisioned-concurrency", False), ("snap-start", False), (MANAGED_INSTANCES, False)],
)
def test_only_a_request_that_waited_for_the_start_is_cold(
    door: Callable[..., Door], initialization: str, cold: bool
) -> None:
    here = door(platform=Platform(mode="lambda", function_name="f", memory_mb=1769, initialization=initialization))
    for expected in (cold, False):
        answer = here.http(rest("GET", "/status"))
        assert answer.headers["x-cold-start"] == [str(int(expected))]
        assert answer.json["container"]["cold"] == expected
        line = here.log()[-1]
        assert (line["cold"], line.get("ColdStarts", 0)) == (expected, int(expected))
