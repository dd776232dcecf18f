"""What is true of every response: its headers, its log line, who may read it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.runtime.log import Log
from app.views.observe import page_policy
from tests.conftest import FakeClock
from tests.support.http_client import HTML, form, problem


def test_pages_may_show_images_from_the_bucket() -> None:
    policy = page_policy("https://b.s3.eu-west-1.amazonaws.com")
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    for name in ("img-src", "form-action", "connect-src"):
        assert "https://b.s3.eu-west-1.amazonaws.com" in directives[name].split()
    assert "amazonaws" not in page_policy("")


# method, path, status
EVERY = [
    ("GET", "/", 200),
    ("GET", "/docs", 200),
    ("GET", "/healthz", 200),
    ("GET", "/status", 200),
    ("GET", "/static/0/style.css", 200),
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
def test_every_response_names_the_request_and_the_container(
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
    answer = http.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert {"X-Request-Id", "X-Container-Id", "X-Cold-Start", "Server-Timing"} <= set(answer.headers.keys())


def test_only_the_first_answer_was_a_cold_start(client: Callable[..., FlaskClient]) -> None:
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


@pytest.fixture
def written(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container]
) -> Callable[[str, str], list[dict[str, Any]]]:
    """Request a path and return the lines that are logged at a level."""

    def ask(level: str, path: str) -> list[dict[str, Any]]:
        stream = io.StringIO()
        client(make_container(log=Log(level, stream=stream))).get(path)
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return ask


def test_an_answered_request_is_one_line(written: Callable[[str, str], list[dict[str, Any]]]) -> None:
    lines = written("info", "/healthz")
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [("request", "GET /healthz", 200)]


def test_debug_logs_the_route_before_anything_can_fail(
    written: Callable[[str, str], list[dict[str, Any]]],
) -> None:
    begin, request = written("debug", "/images/0?secret=1")
    assert (begin["event"], begin["level"], begin["route"]) == ("begin", "debug", "GET /images/<image_id>")
    assert set(begin) == {"level", "event", "request_id", "container", "route"}
    assert begin["request_id"] == request["request_id"]


class Dripping(io.RawIOBase):
    """A body of which a byte comes every tenth of a second, for ever."""

    def __init__(self, clock: FakeClock) -> None:
        self.reads = 0
        self._clock = clock

    def settimeout(self, seconds: float | None) -> None:
        """Take the place of gunicorn's socket too."""

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        assert self.reads < 1000, "it is read for ever"
        self._clock.advance(0.1)
        return b"x"


def test_what_follows_a_refusal_is_read_for_a_limited_time(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    dripping = Dripping(clock)
    environ = {"gunicorn.socket": dripping, "wsgi.input": dripping, "CONTENT_LENGTH": "20000000"}
    http = client(make_container(clock=clock))
    answer = http.post("/upload", environ_overrides=environ)
    problem(answer, 413, "source_too_large")
    assert 10 <= dripping.reads <= 60
