"""On Lambda the function fails closed, and says what opens it."""

from __future__ import annotations

import pytest

from app.access.policy import KEY_HELP
from tests.live.lambda_package.conftest import BEARER, CLOSED, JPEG, SECRET, Build, Start, every_sender
from tests.support.http_events import rest


@every_sender
def test_without_keys_nothing_is_written_and_nothing_resized(start: Start, build: Build) -> None:
    with start(MONOLAMBDA_SECRET=SECRET) as function:
        for method, path in (("POST", "/upload"), ("POST", "/resize"), ("DELETE", f"/images/{'0' * 32}")):
            refused = function.http(build(method, path, body=JPEG if method == "POST" else b""))
            assert (refused.status, refused.json["code"]) == (401, "unauthorized"), path
            assert KEY_HELP in refused.json["detail"]
        assert function.http(build("GET", "/resize", query=f"id={'0' * 32}&w=9")).status == 401
        assert function.http(build("GET", "/healthz")).status == 200
        assert "python" not in function.http(build("GET", "/status")).json


def test_a_caller_cannot_claim_to_be_on_this_machine(start: Start) -> None:
    with start(MONOLAMBDA_SECRET=SECRET) as function:
        event = rest("POST", "/upload", body=JPEG, headers={"X-Forwarded-For": "127.0.0.1", "Host": "localhost"})
        assert function.http(event).status == 401


@every_sender
def test_a_key_opens_it(start: Start, build: Build) -> None:
    with start(**CLOSED) as function:
        image_id = function.upload(JPEG, build, **BEARER)
        assert function.http(build("GET", f"/images/{image_id}/original", headers=BEARER)).body == JPEG
        assert function.http(build("GET", f"/images/{image_id}/original")).status == 401
        assert function.http(build("POST", "/upload", body=JPEG, headers={"Authorization": "Bearer no"})).status == 401
        assert BEARER["Authorization"].split()[1] not in function.process.log()


@pytest.mark.parametrize("storage", ["directory", "bucket"])
def test_a_missing_secret_is_named_to_a_key_holder(start: Start, storage: str) -> None:
    """Ids made from a secret of one container would be unknown to the next."""
    given = {"MONOLAMBDA_API_KEYS": CLOSED["MONOLAMBDA_API_KEYS"]}
    if storage == "bucket":
        given["MONOLAMBDA_STORAGE"] = "s3://nowhere"
    with start(**given) as function:
        answer = function.http(rest("POST", "/upload", body=JPEG, headers=BEARER))
        assert (answer.status, answer.json["code"]) == (503, "storage_unavailable")
        assert "MONOLAMBDA_SECRET is not set" in answer.json["detail"]
        assert int(answer.headers["retry-after"][0]) > 0
        assert function.http(rest("GET", "/healthz")).status == 200
