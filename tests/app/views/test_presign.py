"""Uploads past the payload limit: into a directory through our own route, into S3 through a form of its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.container import Container
from app.storage import keys
from tests.conftest import FakeClock, MakeS3Storage
from tests.support import drawing
from tests.support.http_client import KEY_HASH, KEYED, named, problem
from tests.support.s3.server import S3
from tests.support.use_cases import tampered

PHOTO = drawing.encoded(drawing.photo(160, 120), "JPEG", quality=85)
REQUEST = {"filename": "photo.jpg", "content_type": "image/jpeg", "bytes": len(PHOTO)}


class Place:
    """An app whose storage is a directory or a bucket, and what a client does with it."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.storage = container.backends.storage
        self.http: FlaskClient = create_app(container).test_client()

    def invite(self, **changes: Any) -> dict[str, Any]:
        answer = self.http.post("/upload/presign", json={**REQUEST, **changes})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        found: dict[str, Any] = answer.get_json()
        assert list(found) == ["url", "method", "fields", "token", "expires_at"]
        assert found["method"] == "POST"
        return found

    def send(self, invitation: dict[str, Any], data: bytes = PHOTO) -> int:
        """Send the form as any client would, knowing nothing of where it leads; return the status."""
        if urlsplit(invitation["url"]).hostname == "localhost":
            parts = {**invitation["fields"], "file": (io.BytesIO(data), "photo.jpg")}
            return self.http.post(invitation["url"], data=parts).status_code
        files = {"file": ("photo.jpg", data)}
        return requests.post(invitation["url"], data=invitation["fields"], files=files, timeout=10).status_code

    def complete(self, invitation: dict[str, Any], **headers: str) -> TestResponse:
        return self.http.post("/upload/complete", json={"token": invitation["token"]}, headers=headers)


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, make_container: Callable[..., Container]) -> Place:
    if request.param == "local":
        return Place(make_container())
    s3: S3 = request.getfixturevalue("s3")
    make_s3_storage: MakeS3Storage = request.getfixturevalue("make_s3_storage")
    return Place(make_container(stored_in=make_s3_storage(s3)))


@pytest.fixture
def local(make_container: Callable[..., Container], clock: FakeClock) -> Place:
    return Place(make_container(now=clock))


def test_a_file_sent_to_the_form_becomes_an_image(place: Place) -> None:
    invitation = place.invite()
    assert place.send(invitation) == 204
    answer = place.complete(invitation)
    assert answer.status_code == 201, answer.text
    image = answer.get_json()["images"][0]
    assert answer.headers["Location"] == image["url"]
    assert (image["width"], image["height"], image["bytes"]) == (160, 120, len(PHOTO))
    assert place.storage.get(keys.original(image["id"])) == PHOTO
    assert [key for key in place.storage.keys("incoming/") if not key.endswith(".done")] == []


def test_completing_again_answers_the_same(place: Place) -> None:
    invitation = place.invite()
    place.send(invitation)
    first, again = (place.complete(invitation) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()


def test_a_form_that_is_sent_again_stores_no_second_image(place: Place) -> None:
    """S3 takes a form as often as it is sent, until it expires; this app does not."""
    other = drawing.encoded(drawing.photo(90, 70), "JPEG").ljust(len(PHOTO), b"\0")
    invitation = place.invite()
    place.send(invitation)
    first = place.complete(invitation)
    assert place.send(invitation, other) == (403 if place.storage.kind == "local" else 204)
    again = place.complete(invitation)
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert len(list(place.storage.keys("originals/"))) == 1
    assert [key for key in place.storage.keys("incoming/") if not key.endswith(".done")] == []


def test_the_same_picture_is_stored_once(place: Place) -> None:
    ids = set()
    for status in (201, 200):
        invitation = place.invite()
        place.send(invitation)
        answer = place.complete(invitation)
        assert answer.status_code == status
        ids.add(answer.get_json()["images"][0]["id"])
    assert len(ids) == 1


def test_a_resize_can_name_the_token(place: Place) -> None:
    invitation = place.invite()
    place.send(invitation)
    answer = place.http.post("/resize", json={"token": invitation["token"], "width": 40})
    assert answer.status_code == 200, answer.text
    assert drawing.opened(answer.data).size == (40, 30)
    assert place.complete(invitation).status_code == 200


def test_completing_before_sending_is_not_found(place: Place) -> None:
    problem(place.complete(place.invite()), 404, "not_found")


def test_a_file_that_is_not_an_image_is_refused(place: Place) -> None:
    invitation = place.invite(bytes=9)
    assert place.send(invitation, b"no image!") == 204
    problem(place.complete(invitation), 415, "unsupported_media_type")
    assert list(place.storage.keys("originals/")) == []


def test_a_browser_is_redirected_to_the_page_of_its_image(place: Place) -> None:
    invitation = place.invite()
    place.send(invitation)
    answer = place.complete(invitation, Accept="text/html")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/images/")


@pytest.mark.parametrize(("more", "status"), [(-1, 400), (1, 413), (100_000, 413)])
def test_a_file_of_another_size_than_announced_is_refused(local: Place, more: int, status: int) -> None:
    invitation, size = local.invite(), len(PHOTO) + more
    assert local.send(invitation, PHOTO.ljust(size, b"\0")[:size]) == status
    assert list(local.storage.keys("incoming/")) == []


def test_a_presigned_file_may_exceed_the_body_limit(make_container: Callable[..., Container]) -> None:
    place = Place(make_container(max_body_bytes=len(PHOTO) - 1))
    assert place.http.post("/upload", data=PHOTO, content_type="image/jpeg").status_code == 413
    invitation = place.invite()
    assert place.send(invitation) == 204
    assert place.complete(invitation).status_code == 201


def test_a_token_expires(local: Place, clock: FakeClock) -> None:
    invitation = local.invite()
    assert invitation["expires_at"] == clock.seconds + 900
    clock.advance(900)
    assert local.send(invitation) == 403
    problem(local.complete(invitation), 403, "signature_expired")


def test_a_forged_token_is_refused(local: Place) -> None:
    for token in tampered(local.invite()["token"]):
        problem(local.complete({"token": token}), 403, "signature_invalid")
        answer = local.http.post("/upload/incoming", query_string={"token": token}, data=b"x" * 100)
        problem(answer, 403, "signature_invalid")
    problem(local.http.post("/upload/incoming"), 403, "signature_invalid")


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ({}, ["content_type", "bytes"]),
        ({"bytes": 0, "content_type": 3, "filename": 7}, ["filename", "content_type", "bytes"]),
        ({"bytes": True, "content_type": "image/jpeg"}, ["bytes"]),
        ({"bytes": "9", "content_type": "image/jpeg"}, ["bytes"]),
        ({**REQUEST, "key": "originals/x"}, ["key"]),
        ([1], ["body"]),
    ],
)
def test_all_wrong_members_are_reported_at_once(local: Place, body: Any, parameters: list[str]) -> None:
    assert named(local.http.post("/upload/presign", json=body)) == parameters


def test_the_announced_type_is_read_in_any_case(place: Place) -> None:
    invitation = place.http.post("/upload/presign", json={**REQUEST, "content_type": "Image/JPEG"}).get_json()
    assert place.send(invitation) == 204
    assert place.complete(invitation).status_code == 201


def test_of_a_file_whose_type_is_unknown_the_content_decides(place: Place) -> None:
    invitation = place.invite(content_type="application/octet-stream")
    assert place.send(invitation) == 204
    answer = place.complete(invitation)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["images"][0]["format"] == "jpeg"
    words = place.invite(content_type="application/octet-stream", bytes=9)
    assert place.send(words, b"no image!") == 204
    problem(place.complete(words), 415, "unsupported_media_type")


def test_a_file_that_cannot_be_stored_is_refused_before_it_is_sent(local: Place) -> None:
    ask = local.http.post
    problem(ask("/upload/presign", json={**REQUEST, "bytes": 32 * 1024 * 1024 + 1}), 413, "source_too_large")
    problem(ask("/upload/presign", json={**REQUEST, "content_type": "text/html"}), 415, "unsupported_media_type")
    assert named(ask("/upload/complete", json={"token": 3})) == ["token"]
    assert named(ask("/upload/incoming", query_string={"token": local.invite()["token"]})) == ["file"]
    assert named(local.http.get("/resize?token=x&w=3")) == ["token"]


def test_only_a_key_presigns_and_completes(make_container: Callable[..., Container]) -> None:
    place = Place(make_container(api_keys=(KEY_HASH,)))
    for path in ("presign", "complete"):
        problem(place.http.post(f"/upload/{path}", json=REQUEST), 401, "unauthorized")
    answer = place.http.post("/upload/presign", json=REQUEST, headers=KEYED)
    # the token alone opens the door for the bytes, as S3's form does: a browser holds no key
    assert place.send(answer.get_json()) == 204
    problem(place.complete(answer.get_json()), 401, "unauthorized")
    assert place.complete(answer.get_json(), **KEYED).status_code == 201
