"""Parameters in queries, forms and JSON: every wrong one is named, all at once."""

from __future__ import annotations

import sys
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.support.http_client import ABSENT, form, named, problem, put

URLENCODED = "application/x-www-form-urlencoded"


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
        ("[" * 60_000, "body"),
        ('{"a":' * 12_000, "body"),
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
def test_wrong_json_is_reported_by_parameter(http: FlaskClient, body: str, parameter: str) -> None:
    answer = http.post("/resize", data=body.encode("latin-1"), content_type="application/json")
    assert parameter in named(answer)


@pytest.mark.parametrize("name", ["url", "width"])
def test_json_of_any_depth_is_the_callers_fault(http: FlaskClient, name: str) -> None:
    """What the parser can just read may be nested too deep to be shown in the answer."""
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


def test_one_file_only(http: FlaskClient, photo: bytes) -> None:
    assert named(http.post("/resize", **form(("a.jpg", photo), ("b.jpg", photo)))) == ["file"]
    answer = http.post("/resize", **form(("a.jpg", photo), id=put(http, photo)))
    assert "exactly one" in answer.get_json(force=True)["detail"]


def test_text_mangled_binary_gets_a_hint(http: FlaskClient, photo: bytes) -> None:
    mangled = photo.decode("utf-8", "replace").encode()
    detail = problem(http.post("/resize?w=40", data=mangled), 415, "unsupported_media_type")["detail"]
    assert "decoded as text" in detail


def test_heic_names_what_is_missing(http: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)  # as if it were not installed
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
    detail = problem(http.post("/resize?w=40", data=heic), 415, "unsupported_media_type")["detail"]
    assert "HEIC" in detail
    assert "pi-heif-decoder, which is not installed here" in detail


def test_all_wrong_parameters_are_reported_at_once(http: FlaskClient) -> None:
    answer = http.get("/resize?w=x&fit=y&id=a&url=b&nothing=1&q=0&q=1&v=1&v=2&expires=z")
    assert {"w", "fit", "nothing", "q", "v", "expires"} <= set(named(answer))
    assert {"url", "id"} & set(named(answer))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("id=a&w=x&fit=y", ["w", "fit"]),
        ("id=a&id=b", ["id"]),
        ("width=80", ["url"]),
        ("id=a%20b&wdith=80", ["wdith"]),
    ],
)
def test_a_urlencoded_form_is_checked_as_the_query_is(http: FlaskClient, body: str, wrong: list[str]) -> None:
    assert named(http.post("/resize", data=body, content_type=URLENCODED)) == wrong
    assert named(http.get(f"/resize?{body}")) == wrong


def test_what_may_say_where_the_image_is_is_listed_whole(http: FlaskClient) -> None:
    (error,) = problem(http.post("/resize", json={"width": 40}), 400, "invalid_parameter")["errors"]
    assert all(f" {name}" in error["detail"] for name in ("url", "id", "token", "an image in the body"))


@pytest.mark.parametrize("body", [b"id=" + b"a" * 70_000, b"a=b&" * 101])
def test_a_urlencoded_form_has_a_limit(http: FlaskClient, body: bytes) -> None:
    problem(http.post("/resize", data=body, content_type=URLENCODED), 413, "source_too_large")


def test_what_is_neither_a_form_nor_an_image_is_told_apart(http: FlaskClient, photo: bytes) -> None:
    problem(http.post("/resize", data=b"hello", content_type=URLENCODED), 415, "unsupported_media_type")
    assert named(http.post("/resize", data=b"", content_type=URLENCODED)) == ["file"]
    assert http.post("/resize?w=40", data=photo, content_type=URLENCODED).status_code == 200


def test_the_received_value_is_shown_cut_to_100_letters(http: FlaskClient) -> None:
    (error,) = problem(http.get(f"/resize?id={ABSENT}&w={'9' * 5000}"), 400, "invalid_parameter")["errors"]
    assert error["received"] == "9" * 100


def test_a_file_in_another_field_is_named(http: FlaskClient, photo: bytes) -> None:
    parts = {"picture": (BytesIO(photo), "a.jpg")}
    assert named(http.post("/resize?w=40", data=parts, content_type="multipart/form-data")) == ["picture"]
