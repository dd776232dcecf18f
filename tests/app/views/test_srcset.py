"""/srcset: links that work as they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.support.http_client import KEY_HASH, KEYED, SIGNING_KEY, named, problem, put, size


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_every_link_has_the_size_it_promises(http: FlaskClient, image_id: str) -> None:
    found = http.get(f"/srcset?id={image_id}&widths=120,40,80&aspect=1:1&fit=cover&format=webp").get_json()
    assert [each["width"] for each in found["images"]] == [40, 80, 120]
    for each in found["images"]:
        answer = http.get(path(each["url"]))
        assert size(answer) == (each["width"], each["height"]) == (each["width"], each["width"])
        assert answer.mimetype == "image/webp"


def test_the_element_names_every_link(http: FlaskClient, image_id: str) -> None:
    found = http.get(f"/srcset?id={image_id}&widths=40,80").get_json()
    listed = unescape(re.findall(r'srcset="([^"]*)"', found["html"])[0])
    assert listed == ", ".join(f"{each['url']} {each['width']}w" for each in found["images"])


def test_widths_beyond_the_source_are_offered_once(http: FlaskClient, image_id: str) -> None:
    found = http.get(f"/srcset?id={image_id}&widths=100,500,900").get_json()
    assert [each["width"] for each in found["images"]] == [100, 160]


def test_without_widths_the_offered_ones_are_used(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(widths=(20, 30))
    found = http.get(f"/srcset?id={put(http, photo)}").get_json()
    assert [each["width"] for each in found["images"]] == [20, 30]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("widths=0", "widths"),
        ("widths=", "widths"),
        ("widths=1,,2", "widths"),
        ("widths=9000", "widths"),
        ("widths=1&widths=2", "widths"),
        ("widths=" + ",".join(map(str, range(1, 22))), "widths"),
        ("widths=20&width=4", "width"),
        ("widths=20&fit=round", "fit"),
    ],
)
def test_wrong_parameters_are_named(http: FlaskClient, image_id: str, query: str, wrong: str) -> None:
    assert named(http.get(f"/srcset?id={image_id}&{query}")) == [wrong]


def test_links_are_signed_for_key_holders_only(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,), signing_keys=(f"k:{SIGNING_KEY}",), presets=("tiny:quality=30&fit=fill",))
    stored = put(http, photo, **KEYED)
    problem(http.get(f"/srcset?id={stored}&widths=40"), 401, "unauthorized")
    query = f"id={stored}&widths=40,50&preset=tiny&expires=99999999999"
    found = http.get(f"/srcset?{query}", headers=KEYED).get_json()
    for each in found["images"]:
        assert size(http.get(path(each["url"])))[0] == each["width"]
        parameters = parse_qs(urlsplit(each["url"]).query)
        assert (parameters["quality"], parameters["expires"]) == (["30"], ["99999999999"])
        assert "preset" not in parameters
        problem(http.get(path(each["url"]).replace("quality=30", "quality=31")), 403, "signature_invalid")


def test_a_preset_alone_needs_no_signature_where_the_settings_say_so(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    for unsigned, status in (("presets", 200), ("none", 401)):
        http = client(api_keys=(KEY_HASH,), unsigned=unsigned, presets=("tiny:width=20",))
        stored = put(http, photo, **KEYED)
        assert http.get(f"/resize?id={stored}&preset=tiny").status_code == status
        problem(http.get(f"/resize?id={stored}&preset=tiny&quality=3"), 401, "unauthorized")
        problem(http.get(f"/resize?id={stored}&w=3"), 401, "unauthorized")


def test_the_token_of_an_upload_has_no_links(http: FlaskClient) -> None:
    assert named(http.get("/srcset?token=abc&widths=40")) == ["token"]
