"""POST /resize: image in, image out, and JSON that names a source."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.support import drawing
from tests.support.asking import KEY_HASH, KEYED, form, named, problem, put, size
from tests.support.origin import Origin, ok


def test_raw_image_with_options_in_the_query(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?w=80&format=webp", data=photo, content_type="image/jpeg")
    assert size(answer) == (80, 60)
    assert answer.mimetype == "image/webp"
    assert answer.headers["X-Cache"] == "miss"
    assert "no-store" in answer.headers["Cache-Control"]


def test_form_with_options_in_fields_and_query(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?fit=cover", **form(("a.jpg", photo), width="50", height="50"))
    assert size(answer) == (50, 50)


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
    ask = {"data": photo, "headers": {"Accept": "application/json"}}
    new, again = (http.post("/resize?w=80&format=png", **ask) for _ in range(2))
    described = new.get_json()
    assert (new.status_code, again.status_code) == (201, 200)
    assert (described["format"], described["width"]) == ("png", 80)
    assert new.headers["Location"] == described["url"]
    assert size(http.get(f"/images/{described['id']}/original")) == (80, 60)


@pytest.mark.parametrize("accept", ["*/*", "image/webp,*/*;q=0.5", "image/*", ""])
def test_everybody_else_gets_the_image(http: FlaskClient, photo: bytes, accept: str) -> None:
    answer = http.post("/resize?w=80", data=photo, headers={"Accept": accept})
    assert size(answer) == (80, 60)
    assert "Accept" in answer.vary


def test_animation_stays_animated(http: FlaskClient) -> None:
    moving = drawing.animation("GIF", drawing.moving(frames=3), duration=50)
    answer = http.post("/resize?w=20&format=webp", data=moving)
    assert getattr(drawing.opened(answer.data), "n_frames", 1) == 3


def test_a_key_is_needed_where_keys_are_set(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,), unsigned="all")
    problem(http.post("/resize?w=40", data=photo), 401, "unauthorized")
    assert size(http.post("/resize?w=40", data=photo, headers=KEYED)) == (40, 30)


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ("", "body"),
        ("no json", "body"),
        ("null", "body"),
        ("3", "body"),
        ('"text"', "body"),
        ("[1]", "body"),
        ("[[1]]", "body"),
        ("\x80", "body"),
        ("[" * 100_000, "body"),
        ('{"a":' * 100_000, "body"),
        ("{}", "url"),
        ('{"id": 3}', "id"),
        ('{"url": null}', "url"),
        ('{"url": "http://a/", "url": "http://b/"}', "url"),
        ('{"url": "http://a/", "id": "b"}', "url"),
        ('{"url": "http://a/", "width": [1]}', "width"),
        ('{"url": "http://a/", "width": null}', "width"),
        ('{"url": "http://a/", "width": true}', "width"),
        ('{"url": "http://a/", "width": 1.5}', "width"),
        ('{"url": "http://a/", "width": 1e999}', "width"),
        ('{"url": "http://a/", "width": NaN}', "width"),
        ('{"url": "http://a/", "width": ' + "9" * 4000 + "}", "width"),
        ('{"url": "http://a/", "width": 1, "w": 2}', "w"),
        ('{"url": "http://a/", "upscale": "yes"}', "upscale"),
    ],
)
def test_wrong_json_is_told_by_name(http: FlaskClient, body: str, parameter: str) -> None:
    answer = http.post("/resize", data=body.encode("latin-1"), content_type="application/json")
    assert parameter in named(answer)


@pytest.mark.parametrize("name", ["url", "width"])
def test_json_of_any_depth_is_the_callers_fault(http: FlaskClient, name: str) -> None:
    """What the parser just takes may be too deep to be shown again."""
    for depth in range(20, 1000, 20):
        body = f'{{"id": "x", "{name}": ' + '{"a":' * depth + "1" + "}" * (depth + 1)
        answer = http.post("/resize", data=body, content_type="application/json")
        assert answer.status_code == 400, depth


@pytest.mark.parametrize("member", ["id", "url", "download", "background", "\ud800"])
def test_half_a_surrogate_pair_is_refused_in_readable_json(http: FlaskClient, image_id: str, member: str) -> None:
    """JSON can spell what UTF-8 cannot; it may neither break the answer nor reach a header (RFC 8259, 8.2)."""
    answer = http.post("/resize", json={"id": image_id, member: "\ud800"})
    assert answer.status_code in (400, 404)
    assert answer.get_json(force=True)["code"] in ("invalid_parameter", "not_found")
    assert "server" not in answer.get_json(force=True)["detail"]


def test_a_broken_answer_is_our_fault(make_container: Callable[..., Container]) -> None:
    """What fails while a problem is being written is a 500 in the log, not a 400 of the caller's."""
    from app import create_app
    from app.errors import NotFound

    app = create_app(make_container())

    def broken() -> str:
        raise NotFound("\ud800")

    app.add_url_rule("/broken", "broken", broken)
    assert app.test_client().get("/broken").status_code in (404, 500)


def test_one_file_only(http: FlaskClient, photo: bytes) -> None:
    assert named(http.post("/resize", **form(("a.jpg", photo), ("b.jpg", photo)))) == ["file"]
    answer = http.post("/resize", **form(("a.jpg", photo), id=put(http, photo)))
    assert "exactly one" in answer.get_json(force=True)["detail"]


def test_text_mangled_binary_gets_a_hint(http: FlaskClient, photo: bytes) -> None:
    mangled = photo.decode("utf-8", "replace").encode()
    detail = problem(http.post("/resize?w=40", data=mangled), 415, "unsupported_media_type")["detail"]
    assert "decoded as text" in detail


def test_heic_names_what_is_missing(http: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
    detail = problem(http.post("/resize?w=40", data=heic), 415, "unsupported_media_type")["detail"]
    assert "HEIC" in detail
    assert "requirements-heic.txt" in detail
