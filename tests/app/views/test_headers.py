"""What is true of every response, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.asking import HTML, form

# method, path, status
EVERY = [
    ("GET", "/", 200),
    ("GET", "/docs", 200),
    ("GET", "/healthz", 200),
    ("GET", "/status", 200),
    ("GET", "/static/style.css", 200),
    ("GET", "/images/{id}", 200),
    ("GET", "/images/{id}/original", 200),
    ("GET", "/images/{id}/delete", 200),
    ("GET", "/resize?id={id}&w=40", 200),
    ("HEAD", "/resize?id={id}&w=40", 200),
    ("OPTIONS", "/resize", 200),
    ("GET", "/resize?id={id}&w=wide", 400),
    ("GET", "/resize?id=none", 404),
    ("GET", "/nowhere", 404),
    ("PUT", "/resize", 405),
    ("BREW", "/", 405),
    ("POST", "/upload", 400),
    ("POST", "/resize", 400),
    ("POST", "/images/{id}/delete", 303),
    ("DELETE", "/images/{id}", 204),
    ("GET", "/resize?url=http://127.0.0.1/", 403),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERY)
@pytest.mark.parametrize("accept", [{}, HTML], ids=["program", "browser"])
def test_every_response_says_who_answered(
    http: FlaskClient, image_id: str, method: str, path: str, status: int, accept: dict[str, str]
) -> None:
    with http.open(path.format(id=image_id), method=method, headers=accept) as answer:
        headers = answer.headers
        assert answer.status_code == status
        assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"])
        assert re.fullmatch("[0-9a-f]{12}", headers["X-Container-Id"])
        assert headers["X-Cold-Start"] == "0"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert re.search(r"(^|, )total;dur=[0-9.]+$", headers["Server-Timing"])
        if answer.mimetype == "text/html":
            assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_an_untrusted_host_gets_the_same_headers(http: FlaskClient) -> None:
    headers = http.get("/", headers={"Host": "evil.example"}).headers
    assert {"X-Request-Id", "X-Container-Id", "X-Cold-Start", "Server-Timing"} <= set(headers.keys())


def test_only_the_first_answer_paid_for_the_start(client: Callable[..., FlaskClient]) -> None:
    http = client()
    assert [http.get(path).headers["X-Cold-Start"] for path in ("/nowhere", "/", "/healthz")] == ["1", "0", "0"]


def test_request_ids_differ_and_container_ids_do_not(client: Callable[..., FlaskClient]) -> None:
    http = client()
    answers = [http.get("/healthz").headers for _ in range(3)]
    assert len({headers["X-Request-Id"] for headers in answers}) == 3
    assert len({headers["X-Container-Id"] for headers in answers}) == 1
    assert client().get("/healthz").headers["X-Container-Id"] != answers[0]["X-Container-Id"]


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("/healthz", ["total"]),
        ("/resize?id={id}&w=40", ["fetch", "decode", "resize", "encode", "store", "total"]),
        ("/images/{id}", ["total"]),
    ],
)
def test_stages_are_timed(http: FlaskClient, image_id: str, path: str, stages: list[str]) -> None:
    timing = http.get(path.format(id=image_id)).headers["Server-Timing"]
    assert [entry.partition(";")[0] for entry in timing.split(", ")] == stages


def test_upload_is_timed(http: FlaskClient, photo: bytes) -> None:
    timing = http.post("/upload", **form(("a.jpg", photo))).headers["Server-Timing"]
    assert [entry.partition(";")[0] for entry in timing.split(", ")] == ["decode", "store", "total"]


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
    ("/upload", {"POST", "OPTIONS"}),
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
    told, refused = (http.open(path, method=method) for method in ("OPTIONS", "PATCH"))
    assert (told.status_code, refused.status_code) == (200, 405)
    for answer in (told, refused):
        assert {name.strip() for name in answer.headers["Allow"].split(",")} == methods
    assert refused.get_json(force=True)["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_upload_is_no_page(http: FlaskClient, method: str) -> None:
    assert http.open("/upload", method=method).status_code == 405
