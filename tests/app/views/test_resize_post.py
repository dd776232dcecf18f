"""POST /resize: image in, image out, and JSON that names a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.conftest import MakeS3Storage
from tests.support import drawing
from tests.support.door import Door
from tests.support.http_client import HTML, KEY_HASH, KEYED, SIGNING_KEY, form, problem, size
from tests.support.http_events import http_api, rest
from tests.support.origin import Origin, ok
from tests.support.s3.server import S3


def test_raw_image_with_options_in_the_query(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?w=80&format=webp", data=photo, content_type="image/jpeg")
    assert size(answer) == (80, 60)
    assert answer.mimetype == "image/webp"
    assert answer.headers["X-Cache"] == "miss"
    assert "no-store" in answer.headers["Cache-Control"]


def test_form_with_options_in_fields_and_query(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?fit=cover", **form(("a.jpg", photo), width="50", height="50"))
    assert size(answer) == (50, 50)


def test_a_urlencoded_form_naming_a_stored_image(http: FlaskClient, image_id: str) -> None:
    """As a form of HTML without a file is sent, and by curl -d."""
    answer = http.post("/resize?fit=cover", data={"id": image_id, "width": "50", "height": "50"})
    assert size(answer) == (50, 50)
    assert http.post("/info", data={"id": image_id}).get_json()["width"] == 160


def test_a_urlencoded_form_may_have_letters_as_they_are(http: FlaskClient, image_id: str) -> None:
    """As curl -d sends them, though the standard wants them escaped."""
    body = f"id={image_id}&width=50&download=größe.jpg".encode()
    answer = http.post("/resize", data=body, content_type="application/x-www-form-urlencoded")
    assert "gr%C3%B6%C3%9Fe.jpg" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("members", [{"width": 80}, {"w": "80"}, {"width": 80.0}, {"width": 80, "upscale": False}])
def test_json_naming_a_stored_image(http: FlaskClient, image_id: str, members: dict[str, object]) -> None:
    assert size(http.post("/resize", json={"id": image_id, **members})) == (80, 60)


def test_json_naming_a_url(client: Callable[..., FlaskClient], origin: Origin, photo: bytes) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    answer = client(source_networks=("127.0.0.0/8",)).post(
        "/resize", json={"url": origin.url("/a.jpg"), "width": 40, "format": "png"}
    )
    assert size(answer) == (40, 30)
    assert answer.mimetype == "image/png"


def test_form_naming_a_stored_image(http: FlaskClient, image_id: str) -> None:
    assert size(http.post("/resize", **form(id=image_id, w="80"))) == (80, 60)


def test_stored_source_is_cached_as_by_get(http: FlaskClient, image_id: str) -> None:
    states = [http.post("/resize", json={"id": image_id, "w": 40}).headers["X-Cache"] for _ in range(2)]
    assert states == ["miss", "memory"]
    assert http.get(f"/resize?id={image_id}&w=40").headers["X-Cache"] == "memory"


def test_bodies_are_not_kept(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes
) -> None:
    container = make_container()
    client(container).post("/resize?w=40", data=photo)
    assert not list(container.backends.storage.keys(""))[1:], "only the instance secret"
    assert container.services.health.cache.stats().entries == 0


def test_caller_that_wants_json_gets_the_result_stored(http: FlaskClient, photo: bytes) -> None:
    ask = {"data": photo, "headers": {"Accept": "Application/JSON, text/plain"}}
    new, again = (http.post("/resize?w=80&format=png", **ask) for _ in range(2))
    described = new.get_json()
    assert (new.status_code, again.status_code) == (201, 200)
    assert (described["format"], described["width"]) == ("png", 80)
    assert new.headers["Location"] == described["url"]
    assert size(http.get(f"/images/{described['id']}/original")) == (80, 60)


@pytest.mark.parametrize("limits", [{"max_source_pixels": 160 * 120}, {"max_source_bytes": 20_000}], ids=str)
def test_a_result_may_be_stored_that_is_too_large_to_be_a_source(
    client: Callable[..., FlaskClient], photo: bytes, limits: dict[str, int]
) -> None:
    http = client(**limits)
    stored = http.post("/resize?w=320&upscale=true&format=png", data=photo, headers={"Accept": "application/json"})
    assert stored.status_code == 201, stored.text
    image_id = stored.get_json()["id"]
    assert http.get(f"/images/{image_id}").get_json()["width"] == 320
    page = http.get(f"/images/{image_id}", headers=HTML)
    assert (page.status_code, "/resize?" in page.text) == (200, False)
    assert size(http.get(f"/images/{image_id}/original")) == (320, 240)
    assert http.get(f"/images/{image_id}/delete").status_code == 200
    assert http.get(f"/resize?id={image_id}&w=20").status_code in (413, 422)


# the second is what axios sends by default
@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain, */*", "image/webp,*/*;q=0.5", "image/*", ""])
def test_everybody_else_gets_the_image(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes, accept: str
) -> None:
    container = make_container()
    answer = client(container).post("/resize?w=80", data=photo, headers={"Accept": accept})
    assert size(answer) == (80, 60)
    assert "Accept" in answer.vary
    assert list(container.backends.storage.keys("originals/")) == []


def test_animation_stays_animated(http: FlaskClient) -> None:
    moving = drawing.animation("GIF", drawing.moving(frames=3), duration=50)
    answer = http.post("/resize?w=20&format=webp", data=moving)
    assert getattr(drawing.opened(answer.data), "n_frames", 1) == 3


def test_a_key_is_needed_where_keys_are_set(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,), unsigned="all")
    problem(http.post("/resize?w=40", data=photo), 401, "unauthorized")
    assert size(http.post("/resize?w=40", data=photo, headers=KEYED)) == (40, 30)


@pytest.mark.parametrize("event", [rest, http_api])
def test_behind_a_gateway_closed_and_on_s3_axios_gets_the_image_too(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, photo: bytes, event: Callable[..., Any]
) -> None:
    """Keys and signing on, nobody trusted: the image for the default of axios, the description for JSON alone."""
    closed = door(
        public=False, api_keys=(KEY_HASH,), signing_keys=(f"web:{SIGNING_KEY}",), stored_in=make_s3_storage(s3)
    )
    for accept, kind in (("application/json, text/plain, */*", "image/jpeg"), ("application/json", "application/json")):
        headers = {"Accept": accept, "Content-Type": "image/jpeg"}
        assert closed.http(event("POST", "/resize", query="w=40", headers=headers, body=photo)).status == 401
        answer = closed.http(event("POST", "/resize", query="w=40", headers={**headers, **KEYED}, body=photo))
        assert (answer.status in (200, 201), answer.headers["content-type"]) == (True, [kind])
