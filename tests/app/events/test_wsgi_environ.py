"""What apig-wsgi leaves wrong in the environment of a request, through the real handler, for every sender."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask, Response, request

from tests.support.door import Door
from tests.support.drawing import encoded, photo
from tests.support.http_events import HOST, Event, alb, function_url, http_api, http_api_1, rest

Build = Callable[..., Event]
SENDERS: dict[str, Build] = {
    "rest": rest,
    "http_api": http_api,
    "http_api in format 1.0": http_api_1,
    "function_url": function_url,
    "alb": alb,
    "alb_multi": partial(alb, multi=True),
}
every_sender = pytest.mark.parametrize("build", SENDERS.values(), ids=SENDERS)
JPEG = encoded(photo(320, 240), "JPEG")
FORM = b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG


def probe(app: Flask) -> None:
    """Give the app a route that shows what arrived."""

    def show(path: str) -> Response:
        seen = (request.url_root, request.path, dict(request.args), dict(request.cookies))
        return Response(" ".join(map(str, seen)), mimetype="text/plain")

    app.add_url_rule("/probe/<path:path>", "probe", show)


@pytest.fixture
def here(door: Callable[..., Door]) -> Door:
    made = door()
    probe(made.app)
    return made


@every_sender
def test_a_body_that_was_sent_in_chunks_is_not_lost(here: Door, build: Build) -> None:
    headers = {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"}
    answer = here.http(build("POST", "/upload", body=JPEG, headers=headers))
    assert answer.status == 201
    assert answer.json["images"][0]["bytes"] == len(JPEG)


@every_sender
@pytest.mark.parametrize("boundary", ["a,b", "a, b", "=_(x),/:?'"])
def test_a_boundary_may_have_a_comma(here: Door, build: Build, boundary: str) -> None:
    """RFC 2046 lets it stand in the boundary, and in quotes in the header."""
    body = f"--{boundary}\r\n".encode() + FORM + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    answer = here.http(build("POST", "/upload", body=body, headers=headers))
    assert answer.status == 201, answer.body
    assert answer.json["images"][0]["bytes"] == len(JPEG)


@every_sender
@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https, http", "https"), ("http, https", "http"), ("HTTPS", "https"), ("https,http", "https"), ("wss", "https")],
)
def test_the_first_of_several_protocols_is_the_viewer_s(here: Door, build: Build, proto: str, scheme: str) -> None:
    text = here.http(build("GET", "/probe/x", headers={"X-Forwarded-Proto": proto})).body.decode()
    assert text.startswith(f"{scheme}://")


NULLS: dict[str, Event] = {
    "rest": {**rest("GET", "/probe/x"), "headers": None, "multiValueHeaders": None},
    "rest, only multi": {**rest("GET", "/probe/x"), "headers": None},
    "rest, only single": {**rest("GET", "/probe/x"), "multiValueHeaders": None},
    "http_api": {**http_api("GET", "/probe/x"), "headers": None},
    "alb": {**alb("GET", "/probe/x"), "headers": None},
    "alb_multi": {**alb("GET", "/probe/x", multi=True), "multiValueHeaders": None},
    "a header": {**http_api("GET", "/probe/x"), "headers": {"host": HOST, "x-a": None}},
    "a repeated header": {
        **rest("GET", "/probe/x"),
        "multiValueHeaders": {"Host": [HOST], "X-A": None, "X-B": [None], "X-C": ["1", None], "Cookie": [None]},
    },
    "a cookie": {**http_api("GET", "/probe/x"), "cookies": [None]},
    "a parameter": {**alb("GET", "/probe/x"), "queryStringParameters": {"a": None}},
    "repeated parameters": {**rest("GET", "/probe/x"), "multiValueQueryStringParameters": {"a": None, "b": [None]}},
    "a repeated parameter": {**rest("GET", "/probe/x"), "multiValueQueryStringParameters": {"a": [None]}},
    "no cookies": {**http_api("GET", "/probe/x"), "cookies": None},
    "no query": {**rest("GET", "/probe/x"), "queryStringParameters": None, "multiValueQueryStringParameters": None},
}


@pytest.mark.parametrize("event", NULLS.values(), ids=NULLS)
def test_what_is_null_in_an_event_of_the_console_is_nothing(here: Door, event: Event) -> None:
    answer = here.http(event)
    assert answer.status == 200
    assert answer.body.startswith(b"https://")
    assert b" /probe/x {} {}" in answer.body, "neither a parameter nor a cookie"


UNICODE: dict[str, Event] = {
    "http_api, path": http_api("GET", "/probe/日本 é"),
    "http_api in format 1.0, path": http_api_1("GET", "/probe/日本 é"),
    "http_api, query": http_api("GET", "/probe/x", query="a=日本 é"),
    "rest, path": rest("GET", "/probe/日本 é"),
    "rest, encoded path": rest("GET", "/probe/%E6%97%A5%E6%9C%AC%20%C3%A9"),
    "function_url, encoded path": function_url("GET", "/probe/%E6%97%A5%E6%9C%AC%20%C3%A9"),
    "rest, query": rest("GET", "/probe/x", query="a=日本 é"),
    "alb, query": alb("GET", "/probe/x", query="a=%E6%97%A5%E6%9C%AC%20%C3%A9"),
}


@every_sender
@pytest.mark.parametrize("sent", ["clé", "clé".encode().decode("latin-1"), "日本"])
def test_a_header_is_what_its_bytes_say_in_utf_8_however_the_gateway_read_them(
    door: Callable[..., Door], build: Build, sent: str
) -> None:
    key = sent.replace("Ã©", "é")
    here = door(api_keys=(hashlib.sha256(key.encode()).hexdigest(),))
    assert here.http(build("GET", "/images", headers={"X-Monolambda-Key": sent})).status == 200


@pytest.mark.parametrize("event", UNICODE.values(), ids=UNICODE)
def test_text_beyond_latin_1_arrives(here: Door, event: Event) -> None:
    answer = here.http(event)
    assert answer.status == 200
    assert "日本 é" in answer.body.decode()


@pytest.mark.parametrize(
    "event",
    [
        http_api("GET", "/日本"),
        http_api("GET", "/images/日本"),
        http_api("GET", "/images/\ud83d"),
        function_url("GET", "/images/\ud83d"),
        http_api("GET", "/resize", query="id=日本"),
        http_api("GET", "/resize", query="id=\ud83d&w=1"),
        http_api("GET", "/resize", query="日本=1", headers={"X-Custom": "日本"}),
        rest("GET", "/images/日本"),
        rest("GET", "/resize", query="id=日本&日本=é"),
        {**rest("GET", "/resize"), "multiValueQueryStringParameters": {"id": ["\ud83d"]}},
        rest("GET", "/images/0", headers={"Accept-Language": "日本"}),
        http_api("GET", "/images/0", headers={"Cookie": "日本", "Referer": "\ud83d"}),
    ],
)
def test_what_no_route_takes_is_a_problem_in_json(here: Door, event: Event) -> None:
    answer = here.http(event)
    assert answer.status in (400, 404)
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert answer.json["code"] in ("not_found", "invalid_parameter")


def test_an_http_api_s_path_is_not_decoded_twice(here: Door) -> None:
    assert "/probe/%41" in here.http(http_api("GET", "/probe/%41")).body.decode()
    assert "/probe/%41" in here.http(http_api_1("GET", "/probe/%41")).body.decode()
    assert "/probe/A" in here.http(function_url("GET", "/probe/%41")).body.decode()


@pytest.mark.parametrize(
    ("stage", "path", "root"),
    [("dev", "/probe/x", "/dev/"), ("dev", "/probe/dev/x", "/dev/"), ("$default", "/probe/x", "/")],
)
def test_an_http_api_s_stage_is_no_part_of_the_path_in_format_1_0(here: Door, stage: str, path: str, root: str) -> None:
    answer = here.http(http_api_1("GET", path, stage=stage))
    assert answer.body.decode().startswith(f"https://{HOST}{root} {path} ")
    home = here.http(http_api_1("GET", "/", stage=stage, headers={"Accept": "text/html"}))
    assert (home.status, f'href="{root}docs"' in home.body.decode()) == (200, True)


@every_sender
def test_repeated_request_headers_are_joined(here: Door, build: Build) -> None:
    answer = here.http(build("GET", "/probe/x", headers={"Host": HOST}))
    assert HOST in answer.body.decode()


@every_sender
def test_a_header_with_an_underscore_passes_for_no_other(door: Callable[..., Door], build: Build) -> None:
    """A proxy that drops X-Monolambda-Key would let it through, and no other server takes it."""
    import hashlib

    here = door(public=False, api_keys=(hashlib.sha256(b"open").hexdigest(),))
    probe(here.app)
    headers = {"X_Monolambda_Key": "open", "Host": HOST, "X-Forwarded-Proto": "https", "X_Forwarded_Proto": "http"}
    assert here.http(build("GET", "/images", headers=headers)).status == 401
    assert here.http(build("GET", "/probe/x", headers=headers)).body.startswith(b"https://")


def test_a_closed_stage_does_not_mind_what_iam_adds(door: Callable[..., Door]) -> None:
    """SigV4 and an authorizer's JWT travel in the header that our key would; ours has another."""
    import hashlib

    here = door(public=False, api_keys=(hashlib.sha256(b"open").hexdigest(),), unsigned="all")
    for build in SENDERS.values():
        for foreign in ("AWS4-HMAC-SHA256 Credential=x, Signature=0", "Basic YTpi", "Bearer a.b.c"):
            theirs: dict[str, Any] = {"Authorization": foreign, "Content-Type": "image/jpeg"}
            assert here.http(build("GET", "/status", headers=theirs)).status == 200
            assert here.http(build("POST", "/upload", body=JPEG, headers=theirs)).status == 401
            ours = theirs | {"X-Monolambda-Key": "open"}
            assert here.http(build("POST", "/upload", body=JPEG, headers=ours)).status in (200, 201)
            wrong = theirs | {"X-Monolambda-Key": "guess"}
            assert here.http(build("GET", "/status", headers=wrong)).status == 401
