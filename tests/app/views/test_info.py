"""/info: the facts of the header, and no more than the caller may know."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.access import signing
from tests.support import drawing, profiles
from tests.support.http_client import KEY_HASH, KEYED, SIGNING_KEY, form, named, problem, put
from tests.support.origin import Origin, ok
from tests.support.watched_storage import WatchedStorage

PHOTO = drawing.encoded(
    drawing.photo(160, 120), "JPEG", exif=drawing.author("A. Nother"), icc_profile=profiles.rgb(), quality=85
)
MOVING = drawing.animation("GIF", drawing.moving(), duration=[100, 200, 30, 40])


def facts(http: FlaskClient, data: bytes, query: str = "") -> dict[str, Any]:
    answer = http.get(f"/info?id={put(http, data)}{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_the_facts_of_a_photo(http: FlaskClient) -> None:
    found = facts(http, PHOTO)
    assert {name: found[name] for name in ("format", "width", "height", "frames", "orientation", "alpha", "mode")} == {
        "format": "jpeg",
        "width": 160,
        "height": 120,
        "frames": 1,
        "orientation": 1,
        "alpha": False,
        "mode": "RGB",
    }
    assert found["bytes"] == len(PHOTO)
    assert found["icc"] == "drawn in a test"


def test_sizes_are_upright(http: FlaskClient) -> None:
    found = facts(http, drawing.encoded(drawing.quadrants(64, 48), "JPEG", exif=drawing.exif(6)))
    assert (found["width"], found["height"], found["orientation"]) == (48, 64, 6)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_an_animation_reports_its_duration(http: FlaskClient, format: str) -> None:
    data = drawing.animation(format, drawing.moving(), duration=[100, 200, 30, 40])
    found = facts(http, data)
    assert (found["frames"], found["duration"]) == (4, 370)


def test_exif_is_a_short_list_without_a_position(http: FlaskClient) -> None:
    exif = facts(http, PHOTO)["exif"]
    assert exif == {
        "make": "Camera works",
        "artist": "A. Nother",
        "copyright": "(c) A. Nother",
        "exposure_s": 0.004,
        "iso": 200,
    }
    whole = facts(http, PHOTO, "&exif=all")["exif"]
    assert whole["gps"] == {"latitude": 48.858333, "longitude": 2.294444}


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_exif_of_other_formats(http: FlaskClient, format: str) -> None:
    data = drawing.encoded(drawing.photo(20, 20), format, exif=drawing.author("A. Nother"))
    assert facts(http, data)["exif"]["artist"] == "A. Nother"


def test_colors_are_described_on_request(http: FlaskClient) -> None:
    assert "palette" not in facts(http, PHOTO)
    red = facts(http, drawing.encoded(drawing.photo(9, 9, noise=0).point(lambda value: 0), "PNG"), "&colors=1")
    assert red["dominant"] == "000000"
    assert red["blurhash"] == "L00000fQfQfQfQfQfQfQfQfQfQfQ"
    found = facts(http, PHOTO, "&colors=1")
    assert found["dominant"] == found["palette"][0]
    assert 1 < len(found["palette"]) <= 6
    kind, _, body = found["lqip"].partition(",")
    assert kind == "data:image/webp;base64"
    assert max(drawing.opened(base64.b64decode(body)).size) == 24
    assert len(body) < 1000


def test_a_body_is_described_and_not_stored(http: FlaskClient) -> None:
    answer = http.post("/info?colors=true", data=MOVING, content_type="image/gif")
    assert answer.get_json()["frames"] == 4
    assert answer.get_json()["blurhash"]
    form = {"file": (BytesIO(PHOTO), "a.jpg"), "exif": "all"}
    described = http.post("/info", data=form, content_type="multipart/form-data").get_json()
    assert "gps" in described["exif"]
    stored = put(http, PHOTO)
    assert http.post("/info", json={"id": stored, "colors": True}).get_json()["palette"]


def test_a_url_is_fetched(client: Callable[..., FlaskClient], origin: Origin) -> None:
    http = client(source_networks=("127.0.0.0/8",))
    origin.routes["/a.jpg"] = ok(PHOTO)
    assert http.get("/info", query_string={"url": origin.url("/a.jpg")}).get_json()["width"] == 160


@pytest.mark.parametrize("query", ["", "&colors=1", "&exif=all"])
def test_facts_that_the_caller_has_are_304_before_anything_is_read(
    client: Callable[..., FlaskClient], watched: WatchedStorage, query: str
) -> None:
    path = f"/info?id={put(client(), PHOTO)}{query}"
    first = client().get(path)
    for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
        watched.calls.clear()
        answer = client(stored_in=watched).get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert (answer.headers["Cache-Control"], dict(watched.calls)) == ("no-cache", {"stat": 1})
    assert client().get(path, headers={"If-None-Match": 'W/"other"'}).get_json() == first.get_json()


def test_facts_are_told_only_if_they_match(client: Callable[..., FlaskClient], origin: Origin) -> None:
    """A server must evaluate If-Match (RFC 9110, 13.1.1)."""
    http = client(source_networks=("127.0.0.0/8",))
    origin.routes["/a"] = ok(PHOTO)
    for query in ({"id": put(http, PHOTO)}, {"url": origin.url("/a")}):
        etag = http.get("/info", query_string=query).headers["ETag"]
        for matching in (etag, f'"other", {etag}', "*"):
            assert http.get("/info", query_string=query, headers={"If-Match": matching}).status_code == 200
        for other in ('"other"', f"W/{etag}"):
            headers = {"If-Match": other, "If-None-Match": etag}
            problem(http.get("/info", query_string=query, headers=headers), 412, "precondition_failed")


def test_other_facts_have_another_etag(http: FlaskClient) -> None:
    ids = put(http, PHOTO), put(http, MOVING)
    queries = [f"id={ids[0]}{flags}" for flags in ("", "&colors=1", "&exif=all", "&exif=all&colors=1")]
    queries += [f"id={ids[1]}"]
    assert len({http.get(f"/info?{query}").headers["ETag"] for query in queries}) == len(queries)
    same = [http.get(f"/info?id={ids[0]}{flags}").headers["ETag"] for flags in ("", "&colors=false", "&exif=safe&v=2")]
    assert len(set(same)) == 1
    assert same[0] != http.get(f"/resize?id={ids[0]}").headers["ETag"]


def test_the_facts_of_a_url_follow_its_bytes(client: Callable[..., FlaskClient], origin: Origin) -> None:
    http = client(source_networks=("127.0.0.0/8",), url_max_age_s=0.0)
    origin.routes["/a"] = ok(PHOTO)
    query = {"url": origin.url("/a")}
    etag = http.get("/info", query_string=query).headers["ETag"]
    for known in (etag, "*"):
        assert http.get("/info", query_string=query, headers={"If-None-Match": known}).status_code == 304
    origin.routes["/a"] = ok(MOVING)
    answer = http.get("/info", query_string=query, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.get_json()["frames"]) == (200, 4)
    origin.routes["/a"] = ok(PHOTO[:400])
    refused = http.get("/info", query_string=query, headers={"If-None-Match": "*"})
    assert (refused.status_code, "ETag" in refused.headers) == (422, False)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", ["url"]),
        ("id=a&colors=yes", ["colors"]),
        ("id=a&exif=gps&colors=1&colors=1", ["exif", "colors"]),
        ("id=a&width=5&w=6", ["w"]),
        ("id=a&width=5", ["width"]),
        ("id=a&colours=1", ["colours"]),
    ],
)
def test_all_wrong_parameters_are_reported_at_once(http: FlaskClient, query: str, wrong: list[str]) -> None:
    assert named(http.get(f"/info?{query}")) == wrong


def test_unreadable_images_are_problems(http: FlaskClient) -> None:
    problem(http.post("/info", data=PHOTO[:400], content_type="image/jpeg"), 422, "undecodable_image")
    problem(http.post("/info", data=b"hello", content_type="image/jpeg"), 415, "unsupported_media_type")
    problem(http.get(f"/info?id={'0' * 32}"), 404, "not_found")


def test_access_is_the_same_as_for_get_resize(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,), signing_keys=(f"k:{SIGNING_KEY}",))
    stored = put(http, PHOTO, **KEYED)
    problem(http.get(f"/info?id={stored}"), 401, "unauthorized")
    problem(http.post("/info", data=PHOTO, content_type="image/jpeg"), 401, "unauthorized")
    assert http.get(f"/info?id={stored}", headers=KEYED).status_code == 200
    signature = signing.sign("k", SIGNING_KEY.encode(), "/info", [("id", stored)])
    assert http.get(f"/info?id={stored}&s={signature}").status_code == 200


def test_a_signed_link_covers_no_body(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,), signing_keys=(f"k:{SIGNING_KEY}",))
    stored = put(http, PHOTO, **KEYED)
    link = f"/info?id={stored}&s={signing.sign('k', SIGNING_KEY.encode(), '/info', [('id', stored)])}"
    problem(http.post(link, json={"exif": "all"}), 403, "signature_invalid")
    problem(http.post(link, data=PHOTO, content_type="image/jpeg"), 403, "signature_invalid")
    problem(http.post(link, **form(exif="all")), 403, "signature_invalid")
    assert http.get(link, json={"exif": "all"}).get_json() == http.get(link).get_json()


def test_a_presigned_upload_is_completed_by_a_post_with_a_key(client: Callable[..., FlaskClient]) -> None:
    """Completing stores the image: no GET may do that, and nobody without a key."""
    http = client(api_keys=(KEY_HASH,), unsigned="all")
    invitation = http.post(
        "/upload/presign", json={"content_type": "image/jpeg", "bytes": len(PHOTO)}, headers=KEYED
    ).get_json()
    http.post(invitation["url"], data={"file": (BytesIO(PHOTO), "a.jpg")})
    token = invitation["token"]
    assert named(http.get(f"/info?token={token}", headers=KEYED)) == ["token"]
    problem(http.post("/info", json={"token": token}), 401, "unauthorized")
    problem(http.post(f"/info?token={token}", json={}), 401, "unauthorized")
    assert http.get("/images", headers=KEYED).get_json()["images"] == []
    assert http.post("/info", json={"token": token}, headers=KEYED).get_json()["width"] == 160
    assert len(http.get("/images", headers=KEYED).get_json()["images"]) == 1


@pytest.mark.parametrize("unsigned", ["all", "presets"])
def test_a_position_needs_trust(client: Callable[..., FlaskClient], unsigned: str) -> None:
    settings = {"signing_keys": (f"k:{SIGNING_KEY}",), "presets": ("gps:metadata=all&width=40",)}
    http = client(api_keys=(KEY_HASH,), unsigned=unsigned, **settings)
    stored = put(http, PHOTO, **KEYED)
    for path in (f"/info?id={stored}&exif=all", f"/resize?id={stored}&metadata=all", f"/resize?id={stored}&preset=gps"):
        problem(http.get(path), 401, "unauthorized")
        assert http.get(path, headers=KEYED).status_code == 200
    problem(http.post("/info?exif=all", data=PHOTO, content_type="image/jpeg"), 401, "unauthorized")
    pairs = [("id", stored), ("exif", "all")]
    signature = signing.sign("k", SIGNING_KEY.encode(), "/info", pairs)
    assert http.get(f"/info?id={stored}&exif=all&s={signature}").status_code == 200


def test_scripts_of_other_pages_may_read_it(client: Callable[..., FlaskClient]) -> None:
    http = client(public=True)
    assert http.get(f"/info?id={put(http, PHOTO)}").headers["Access-Control-Allow-Origin"] == "*"
