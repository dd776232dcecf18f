"""On Lambda the function fails closed, and its errors say how to open it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.access.policy import KEY_HELP
from tests.live.lambda_package.packaged_function import (
    BEARER,
    HTTP_EVENTS,
    JPEG,
    SECRET,
    WITH_KEY,
    MakeEvent,
    PackagedFunction,
    StartFunction,
    every_http_event,
    own_jpeg,
)
from tests.support.http_events import rest


@pytest.fixture(scope="module")
def without_keys(start_function: StartFunction) -> Iterator[PackagedFunction]:
    with start_function(MONOLAMBDA_SECRET=SECRET) as function:
        yield function


@pytest.fixture(scope="module")
def with_key(start_function: StartFunction) -> Iterator[PackagedFunction]:
    with start_function(**WITH_KEY) as function:
        yield function


@every_http_event
def test_without_keys_nothing_can_be_written_or_resized(without_keys: PackagedFunction, make_event: MakeEvent) -> None:
    for method, path in (("POST", "/upload"), ("POST", "/resize"), ("DELETE", f"/images/{'0' * 32}")):
        refused = without_keys.http(make_event(method, path, body=JPEG if method == "POST" else b""))
        assert (refused.status, refused.json["code"]) == (401, "unauthorized"), path
        assert KEY_HELP in refused.json["detail"]
    assert without_keys.http(make_event("GET", "/resize", query=f"id={'0' * 32}&w=9")).status == 401
    assert without_keys.http(make_event("GET", "/healthz")).status == 200
    assert "python" not in without_keys.http(make_event("GET", "/status")).json


def test_a_caller_cannot_pretend_to_be_on_loopback(without_keys: PackagedFunction) -> None:
    event = rest("POST", "/upload", body=JPEG, headers={"X-Forwarded-For": "127.0.0.1", "Host": "localhost"})
    assert without_keys.http(event).status == 401


@every_http_event
def test_a_key_gives_access(with_key: PackagedFunction, make_event: MakeEvent) -> None:
    image = own_jpeg(make_event)
    image_id = with_key.upload(image, make_event, **BEARER)
    assert with_key.http(make_event("GET", f"/images/{image_id}/original", headers=BEARER)).body == image
    assert with_key.http(make_event("GET", f"/images/{image_id}/original")).status == 401
    wrong = make_event("POST", "/upload", body=image, headers={"Authorization": "Bearer no"})
    assert with_key.http(wrong).status == 401
    assert BEARER["Authorization"].split()[1] not in with_key.process.log()


@pytest.mark.parametrize(("storage", "sender"), [("directory", "alb"), ("bucket", "http_api")])
def test_a_key_holder_is_told_that_the_secret_is_missing(
    start_function: StartFunction, storage: str, sender: str
) -> None:
    """A container that made up its own secret would create ids that no other container knows."""
    variables = {"MONOLAMBDA_API_KEYS": WITH_KEY["MONOLAMBDA_API_KEYS"]}
    if storage == "bucket":
        variables["MONOLAMBDA_STORAGE"] = "s3://nowhere"
    with start_function(**variables) as function:
        answer = function.http(HTTP_EVENTS[sender]("POST", "/upload", body=JPEG, headers=BEARER))
        assert (answer.status, answer.json["code"]) == (503, "storage_unavailable")
        assert "MONOLAMBDA_SECRET is not set" in answer.json["detail"]
        assert int(answer.headers["retry-after"][0]) > 0
        assert function.http(rest("GET", "/healthz")).status == 200
