"""Links below MONOLAMBDA_PUBLIC_URL lead back here, whoever takes its path off on the way, or nobody does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.support.door import Door
from tests.support.drawing import encoded, opened, photo
from tests.support.http_client import HTML, KEY, KEY_HASH
from tests.support.http_events import Event, alb, function_url, http_api, rest

JPEG = encoded(photo(160, 120), "JPEG")
# how a link comes back: a rule of a load balancer, a behavior of CloudFront in front of a stage or of a $default
# route, and a gateway that has taken the prefix off
SENDERS: dict[str, Callable[..., Event]] = {
    "load balancer": alb,
    "CloudFront and a stage": rest,
    "CloudFront and a $default route": lambda method, path, **given: http_api(method, unquote(path), **given),
    "CloudFront and a Function URL": function_url,
}
every_sender = pytest.mark.parametrize("build", SENDERS.values(), ids=SENDERS)
# the names of routes are prefixes that nobody would notice before they are deployed
PREFIXES = ["/img", "/images", "/resize", "/a/b", "/upload", "/status", "/caf%C3%A9", "/my%20img"]


@every_sender
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("stripped", [False, True])
def test_links_lead_back(door: Callable[..., Door], build: Callable[..., Event], prefix: str, stripped: bool) -> None:
    here = door(public_url=f"https://cdn.example{prefix}/")
    image = here.http(rest("POST", "/upload", body=JPEG)).json["images"][0]

    def follow(link: str) -> bytes:
        assert link.startswith(f"https://cdn.example{prefix}/")
        path, query = urlsplit(link).path, urlsplit(link).query
        answer = here.http(build("GET", path.removeprefix(prefix) if stripped else path, query=query))
        assert answer.status == 200, (link, answer.body)
        return answer.body

    assert follow(image["links"]["original"]) == JPEG
    assert opened(follow(image["links"]["resize"].format(width=80))).size == (80, 60)
    page = follow(image["links"]["delete"]).decode()
    assert f'action="{prefix}/images/{image["id"]}/delete"' in page
    follow(f"https://cdn.example{prefix}/static/0/style.css")
    described = here.http(build("GET", f"{'' if stripped else prefix}/images/{image['id']}")).json
    assert described["url"] == image["url"]


@pytest.mark.parametrize("written", ["/caf%C3%A9", "/caf%c3%a9", "/café"])
def test_a_prefix_is_encoded_exactly_once(door: Callable[..., Door], written: str) -> None:
    here = door(public_url=f"https://cdn.example{written}", api_keys=(KEY_HASH,))
    encoded_prefix = quote(written, safe="/%")
    assert f'action="{encoded_prefix}/upload"' in here.http(alb("GET", "/caf%C3%A9/", headers=HTML)).body.decode()
    doubled = here.http(alb("GET", "/caf%C3%A9/images//x"))
    assert doubled.headers["location"] == [f"{encoded_prefix}/images/x"]
    problem = here.http(alb("GET", "/caf%C3%A9/images/0")).json
    assert problem["type"].startswith(f"https://cdn.example{encoded_prefix}/docs#")
    form = alb(
        "POST",
        "/caf%C3%A9/login",
        body=b"key=" + KEY.encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    signed_in = here.http(form)
    assert signed_in.headers["location"] == [f"{encoded_prefix}/"]
    assert f"Path={encoded_prefix};" in f"{signed_in.cookies[0]};"


@every_sender
def test_a_signature_covers_the_path_without_the_prefix(door: Callable[..., Door], build: Callable[..., Event]) -> None:
    here = door(public=False, public_url="https://cdn.example/img", signing_keys=(f"web:{'k' * 32}",), unsigned="none")
    answer = here.http(build("GET", "/img/resize", query=f"id={'0' * 32}&s=web.x"))
    assert (answer.status, answer.json["code"]) == (403, "signature_invalid")
    signature = here.container.access.sign("/resize", (("id", "0" * 32),))
    answer = here.http(build("GET", "/img/resize", query=f"id={'0' * 32}&s={signature}"))
    assert (answer.status, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/img", "/img/"])
def test_the_prefix_itself_is_the_upload_page(door: Callable[..., Door], path: str) -> None:
    page = door(public_url="https://cdn.example/img").http(alb("GET", path))
    assert page.status == 200
    assert 'action="/img/upload"' in page.body.decode()


def test_what_only_begins_like_the_prefix_is_something_else(door: Callable[..., Door]) -> None:
    here = door(public_url="https://cdn.example/img")
    for path in ("/imgs/healthz", "/img/nothing", "/IMG/healthz"):
        answer = here.http(alb("GET", path))
        assert answer.status == 404
        assert path in answer.json["detail"]


def test_a_method_that_a_route_does_not_take_is_still_405(door: Callable[..., Door]) -> None:
    assert door(public_url="https://cdn.example/img").http(alb("PUT", "/img/upload")).status == 405


def test_a_server_behind_a_proxy_that_does_not_strip_does_the_same(client: Callable[..., FlaskClient]) -> None:
    http = client(public_url="https://cdn.example/img")
    for path in ("/img/healthz", "/healthz"):
        assert http.get(path).status_code == 200
    assert b'action="/img/upload"' in http.get("/img/").data


def test_without_a_path_in_the_public_url_nothing_is_taken_off(client: Callable[..., FlaskClient]) -> None:
    get = partial(client(public_url="https://cdn.example").get)
    assert get("/healthz").status_code == 200
    assert get("/img/healthz").status_code == 404
