"""At least one request for every error code there is."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.core import errors
from app.core.config import MIB
from app.core.deadline import Deadline
from app.core.errors import StorageUnavailable
from app.runtime.admission import BASE_MB
from tests.app.views import test_rate_limit
from tests.conftest import FakeClock
from tests.serve import test_protocol
from tests.support import drawing
from tests.support.http_client import ABSENT, KEY_HASH, SIGNING_KEY, form, named, problem, put
from tests.support.origin import Origin, ok, redirect, stall, status, truncated
from tests.support.watched_storage import WatchedStorage

LOOPBACK = ("127.0.0.0/8",)
PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG")
MOVING = drawing.animation("GIF", drawing.moving(frames=4), duration=50)
VAST = drawing.encoded(drawing.quadrants(3000, 3000), "PNG")


CLOSED = {"api_keys": (KEY_HASH,)}


class Wrong(msgspec.Struct, frozen=True):
    """A request that fails with ``code``; ``parameter`` is the one that the answer must name."""

    code: str
    path: str
    parameter: str = ""
    method: str = "GET"
    data: bytes = b""
    headers: dict[str, str] = {}
    settings: dict[str, Any] = {}


def _get(query: str, parameter: str) -> Wrong:
    return Wrong("invalid_parameter", f"/resize?id={ABSENT}&{query}", parameter)


def _post(code: str, data: bytes, path: str = "/resize?w=40", **settings: Any) -> Wrong:
    return Wrong(code, path, method="POST", data=data, settings=settings)


INVALID = [
    *(
        _get(f"{name}={value}", name)
        for name in ("w", "width", "h", "height")
        for value in ("0", "8193", "-1", "x", "")
    ),
    *(_get(f"w=9&aspect={value}", "aspect") for value in ("16", "16:9:1", "0:1", "101:1", "a:b", "1.5:1")),
    *(_get(f"fit={value}", "fit") for value in ("", "crop", "scale", "cover,fill")),
    *(_get(f"gravity={value}", "gravity") for value in ("up", "north-east", "entropy")),
    *(_get(f"focal={value}", "focal") for value in ("0.5", "0.5,1.1", "-0.1,0", "nan,0", "a,b", "0.1,0.2,0.3")),
    *(_get(f"upscale={value}", "upscale") for value in ("yes", "2", "")),
    *(_get(f"dpr={value}", "dpr") for value in ("0.4", "5.1", "nan", "inf", "x")),
    *(_get(f"crop={value}", "crop") for value in ("1,2,3", "1,2,3,4,5", "0,0,0,1", "-1,0,1,1", "a,b,c,d")),
    *(_get(f"rotate={value}", "rotate") for value in ("361", "-361", "nan", "x")),
    *(_get(f"{name}={value}", name) for name in ("flip", "flop", "progressive") for value in ("on", "")),
    *(_get(f"{name}={value}", name) for name in ("background", "bg") for value in ("", "12", "redd", "12345g")),
    *(_get(f"{name}={value}", name) for name in ("format", "fm") for value in ("bmp", "tif", "heic", "image/png", "")),
    *(_get(f"{name}={value}", name) for name in ("quality", "q") for value in ("0", "101", "80.5", "high")),
    *(_get(f"download={value}", "download") for value in ("", "a/b", "a%5Cb", "a%0D%0Ab", "a%00", "a" * 201)),
    _get("w=1&w=1", "w"),
    _get("w=1&width=1", "width"),
    _get("v=1&v=2", "v"),
    _get("expires=soon", "expires"),
    _get("expires=-1", "expires"),
    _get("aspect=16:9", "aspect"),
    _get("aspect=16:9&w=1&h=1", "aspect"),
    _get("focal=0,0&gravity=north", "focal"),
    _get("widht=3", "widht"),
    _get("=3", ""),
    _get("url=http://example.com/", "url"),
    Wrong("invalid_parameter", "/resize?w=40", "url"),
    *(
        Wrong("invalid_parameter", f"/resize?url={url}", "url")
        for url in (
            "ftp://a/b",
            "//a/b",
            "/a",
            "http://",
            "http://a@b/",
            "http://a:0/",
            "http://[::1/",
            "http://a%0D%0Ab",
        )
    ),
    Wrong("invalid_parameter", "/resize?url=file:///etc/passwd", "url"),
    Wrong("invalid_parameter", "/upload", "file", "POST"),
    Wrong("invalid_parameter", "/healthz", "Host", headers={"Host": "evil.example"}),
]

TABLE = [
    *INVALID,
    Wrong("unauthorized", f"/resize?id={ABSENT}", settings={"api_keys": (KEY_HASH,)}),
    Wrong("unauthorized", "/status", headers={"X-Monolambda-Key": "guess"}),
    Wrong("unauthorized", "/resize?w=9", method="POST", headers={"Authorization": "Basic YTpi"}, settings=CLOSED),
    Wrong("unauthorized", "/status", headers={"X-Monolambda-Key": "\xff"}),
    *(
        Wrong("source_blocked", f"/resize?url={url}")
        for url in ("http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://2130706433/", "http://0/")
    ),
    Wrong("signature_invalid", f"/resize?id={ABSENT}&s=web.AAAA"),
    Wrong("signature_invalid", f"/resize?id={ABSENT}&s="),
    Wrong("not_found", f"/resize?id={ABSENT}"),
    Wrong("not_found", "/nowhere"),
    Wrong("not_found", "/static/0/nothing.css"),
    Wrong("not_found", f"/images/{ABSENT}", method="DELETE"),
    Wrong("method_not_allowed", "/upload/presign"),
    Wrong("method_not_allowed", "/resize", method="PUT"),
    Wrong("not_acceptable", "/status", headers={"Accept": "application/xml"}),
    Wrong("precondition_failed", f"/images/{ABSENT}/original", headers={"If-Match": '"other"'}),
    _post("source_too_large", PHOTO, max_body_bytes=1000),
    _post("source_too_large", PHOTO, "/upload", max_body_bytes=1000),
    Wrong("uri_too_long", "/" + "a" * 2048),
    Wrong("uri_too_long", "/resize?url=" + "a" * 32_768),
    Wrong("headers_too_large", "/", headers={"Accept": "a," * 64}),
    Wrong("headers_too_large", "/", headers={"User-Agent": "a" * 8193}),
    Wrong("headers_too_large", "/", headers={f"X-{number}": "a" for number in range(101)}),
    _post("unsupported_media_type", b"words that are no image"),
    _post("unsupported_media_type", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "/upload"),
    _post("unsupported_media_type", b"%PDF-1.7"),
    _post("unsupported_media_type", b"url=http://example.com/&w=40"),
    _post("undecodable_image", PHOTO[:700]),
    _post("undecodable_image", PHOTO[:700], "/upload"),
    _post("undecodable_image", b"\xff\xd8\xff"),
    _post("too_many_pixels", PHOTO, max_source_pixels=10_000),
    _post("too_many_pixels", PHOTO, "/upload", max_source_pixels=10_000),
    _post("too_many_frames", MOVING, max_frames=3),
    _post("output_too_large", PHOTO, "/resize?w=200&upscale=true", max_output_pixels=10_000),
    _post("output_too_large", PHOTO, "/resize?w=8192&upscale=true&dpr=5"),
    _post("output_too_large", PHOTO, "/resize?format=avif", max_avif_pixels=10_000),
    _post("too_costly", VAST, "/upload", memory_mb=128),
    _post("too_costly", VAST, "/resize?w=2999&format=png", memory_mb=128),
]  # fmt: skip


@pytest.mark.parametrize("wrong", TABLE, ids=lambda wrong: f"{wrong.code} {wrong.method} {wrong.path[:60]}")
def test_each_wrong_input_gets_its_code(client: Callable[..., FlaskClient], wrong: Wrong) -> None:
    http = client(**wrong.settings)
    answer = http.open(wrong.path, method=wrong.method, data=wrong.data, headers=wrong.headers)
    leaf = next(leaf for leaf in errors.leaves() if leaf.code == wrong.code)
    members = problem(answer, leaf.status, wrong.code)
    assert members["title"] == leaf.title
    if wrong.code == "invalid_parameter":
        assert wrong.parameter in [error["parameter"] for error in members["errors"]]


def test_crop_outside_the_image(http: FlaskClient, image_id: str) -> None:
    assert named(http.get(f"/resize?id={image_id}&crop=100,0,61,10")) == ["crop"]


def test_range_not_satisfiable(http: FlaskClient, image_id: str) -> None:
    answer = http.get(f"/images/{image_id}/original", headers={"Range": "bytes=99999999-"})
    problem(answer, 416, "range_not_satisfiable")


def test_expired_signature(client: Callable[..., FlaskClient]) -> None:
    from app.access import signing

    pairs = [("id", ABSENT), ("expires", "1000")]
    signature = signing.sign("web", SIGNING_KEY.encode(), "/resize", pairs)
    http = client(signing_keys=(f"web:{SIGNING_KEY}",))
    problem(http.get("/resize", query_string=[*pairs, ("s", signature)]), 403, "signature_expired")


@pytest.mark.parametrize("code", [404, 410])
def test_source_not_found(client: Callable[..., FlaskClient], origin: Origin, code: int) -> None:
    origin.routes["/gone"] = status(code)
    missing = {"url": origin.url("/gone")}
    problem(client(source_networks=LOOPBACK).get("/resize", query_string=missing), 404, "source_not_found")


def test_source_failed(client: Callable[..., FlaskClient], origin: Origin) -> None:
    origin.routes |= {"/500": status(500), "/loop": redirect("/loop"), "/truncated": truncated(PHOTO[:100])}
    http = client(source_networks=LOOPBACK)
    for path in ("/500", "/loop", "/truncated"):
        problem(http.get("/resize", query_string={"url": origin.url(path)}), 502, "source_failed")
    problem(http.get("/resize?url=http://127.0.0.1:1/"), 502, "source_failed")


def test_source_timeout(client: Callable[..., FlaskClient], origin: Origin) -> None:
    origin.routes["/silent"] = stall
    http = client(source_networks=LOOPBACK, read_s=0.1)
    problem(http.get("/resize", query_string={"url": origin.url("/silent")}), 504, "source_timeout")


def test_source_too_large(client: Callable[..., FlaskClient], origin: Origin) -> None:
    origin.routes["/large"] = ok(PHOTO)
    http = client(source_networks=LOOPBACK, max_source_bytes=1000)
    problem(http.get("/resize", query_string={"url": origin.url("/large")}), 413, "source_too_large")


def test_a_body_is_a_source_like_any_other(client: Callable[..., FlaskClient]) -> None:
    http = client(max_source_bytes=len(PHOTO) - 1)
    for path in ("/upload", "/resize?width=9", "/info"):
        problem(http.post(path, data=PHOTO), 413, "source_too_large")
        problem(http.post(path, **form(("photo.jpg", PHOTO))), 413, "source_too_large")
    problem(http.post("/resize?width=9", data=PHOTO, headers={"Prefer": "respond-async"}), 413, "source_too_large")
    assert client(max_source_bytes=len(PHOTO)).post("/upload", data=PHOTO).status_code == 201


def test_a_stored_image_past_a_lowered_limit_is_no_source(client: Callable[..., FlaskClient]) -> None:
    image_id = put(client(), PHOTO)
    http = client(max_source_bytes=len(PHOTO) - 1)
    problem(http.get(f"/resize?id={image_id}&width=9"), 413, "source_too_large")


@pytest.mark.parametrize("body", [b"", b"<html>not here</html>"])
def test_source_that_is_no_image(client: Callable[..., FlaskClient], origin: Origin, body: bytes) -> None:
    origin.routes["/page"] = ok(body)
    http = client(source_networks=LOOPBACK)
    problem(http.get("/resize", query_string={"url": origin.url("/page")}), 415, "unsupported_media_type")


def test_deadline_exceeded_while_fetching(client: Callable[..., FlaskClient], origin: Origin) -> None:
    origin.routes["/silent"] = stall
    http = client(source_networks=LOOPBACK, deadline_s=0.2)
    answer = http.get("/resize", query_string={"url": origin.url("/silent")})
    problem(answer, 503, "deadline_exceeded")
    assert int(answer.headers["Retry-After"]) > 0


def test_deadline_exceeded_before_decoding(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    watched: WatchedStorage,
    clock: FakeClock,
) -> None:
    """A slow storage says nothing about the image: the same request may work later."""
    http = client(make_container(stored_in=watched, clock=clock))
    stored = put(http, PHOTO)
    watched.before = lambda method, key: clock.advance(31) if method == "get" else None
    answer = http.get(f"/resize?id={stored}&w=40")
    problem(answer, 503, "deadline_exceeded")
    assert int(answer.headers["Retry-After"]) > 0


def test_busy(client: Callable[..., FlaskClient], make_container: Callable[..., Container]) -> None:
    container = make_container(deadline_s=0.5)
    http = client(container)
    stored = put(http, PHOTO)
    every = (container.settings.memory_mb - BASE_MB) * MIB
    with ExitStack() as stack:
        stack.enter_context(container.services.renderer.admission.admit(every, 0.0, Deadline.after(60, time.monotonic)))
        answer = http.get(f"/resize?id={stored}&w=40")
    problem(answer, 429, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert http.get(f"/resize?id={stored}&w=40").status_code == 200


@pytest.mark.parametrize("method", ["get", "stat"])
def test_storage_unavailable(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], watched: WatchedStorage, method: str
) -> None:
    container = make_container(stored_in=watched)
    http = client(container)
    stored = put(http, PHOTO)

    def fail(called: str, key: str) -> None:
        if called == method:
            raise StorageUnavailable("the disk is gone")

    watched.before = fail
    container.services.images.known.forget(stored)
    answer = http.get(f"/resize?id={stored}&w=40")
    problem(answer, 503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_busy_with_the_same_image(client: Callable[..., FlaskClient], watched: WatchedStorage) -> None:
    """The image is deleted each time it has been written."""
    http = client(stored_in=watched)

    def before(method: str, key: str) -> None:
        if method == "stat":
            watched.inner.delete(key)

    watched.before = before
    answer = http.post("/upload", data=PHOTO, content_type="image/jpeg")
    problem(answer, 429, "busy")
    assert int(answer.headers["Retry-After"]) > 0


ELSEWHERE = {
    "range_not_satisfiable": test_range_not_satisfiable,
    "signature_expired": test_expired_signature,
    "source_not_found": test_source_not_found,
    "source_failed": test_source_failed,
    "source_timeout": test_source_timeout,
    "deadline_exceeded": test_deadline_exceeded_while_fetching,
    "busy": test_busy,
    "rate_limited": test_rate_limit.test_a_client_over_the_limit_is_refused_with_the_time_to_wait,
    "request_timeout": test_protocol.test_a_body_that_drips_is_refused_when_its_time_is_over,
    "storage_unavailable": test_storage_unavailable,
}


def test_every_error_code_has_a_request_that_causes_it() -> None:
    in_table = {wrong.code for wrong in TABLE}
    assert not in_table & set(ELSEWHERE)
    assert in_table | set(ELSEWHERE) == {leaf.code for leaf in errors.leaves()}
    assert [code for code, test in ELSEWHERE.items() if f'"{code}"' not in inspect.getsource(test)] == []
