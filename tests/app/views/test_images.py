"""/images/{id}: metadata, the original with ranges, and deleting."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.support import drawing
from tests.support.http_client import ABSENT, HTML, KEY_HASH, KEYED, SIGNING_KEY, problem, put
from tests.support.watched_storage import WatchedStorage


def test_description(http: FlaskClient, image_id: str) -> None:
    image = http.get(f"/images/{image_id}").get_json()
    assert (image["id"], image["width"], image["height"]) == (image_id, 160, 120)
    assert [rendition["width"] for rendition in image["renditions"]] == [160]


def test_renditions_are_the_offered_widths_up_to_its_own(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(widths=(40, 100, 400, 500))
    image = http.get(f"/images/{put(http, photo)}").get_json()
    assert [rendition["width"] for rendition in image["renditions"]] == [40, 100, 160]
    for rendition in image["renditions"]:
        assert drawing.opened(http.get(rendition["url"]).data).width == rendition["width"]
    assert image["srcset"].count("w,") == 2
    assert "&amp;width=40 40w" in image["srcset"]


def test_browser_gets_a_page(http: FlaskClient, image_id: str) -> None:
    page = http.get(f"/images/{image_id}", headers=HTML)
    assert page.mimetype == "text/html"
    assert "Accept" in page.vary
    assert f"/resize?id={image_id}&amp;width=480" in page.text
    assert "srcset=" in page.text


def test_the_page_of_an_animation_shows_a_light_preview_and_a_way_to_play_it(http: FlaskClient) -> None:
    frames = [drawing.photo(320, 240, seed=seed) for seed in range(8)]
    image_id = put(http, drawing.animation("GIF", frames, duration=50))
    page = http.get(f"/images/{image_id}", headers=HTML).text
    preview = http.get(f"/resize?id={image_id}&width=480&frames=1&format=auto", headers={"Accept": "image/webp"})
    assert f"/resize?id={image_id}&amp;width=480&amp;frames=1&amp;format=auto" in page
    assert "The first of 8 frames" in page
    assert_still(http, f"/images/{image_id}", "/images", f"/images/{image_id}/delete")
    assert f'href="/resize?id={image_id}&amp;width=480"' in page
    played = http.get(f"/resize?id={image_id}&width=480")
    assert len(preview.data) < len(played.data) / 8


def assert_still(http: FlaskClient, *paths: str) -> None:
    """Assert that every picture of these pages is one frame: a thumbnail is not worth an animation."""
    for path in paths:
        sources = re.findall(r'<img [^>]*src="([^"]+)"', http.get(path, headers=HTML).text)
        assert sources, path
        for source in sources:
            assert not getattr(drawing.opened(http.get(html.unescape(source)).data), "is_animated", False), source


@pytest.mark.parametrize("path", ["", "/original", "/delete"])
@pytest.mark.parametrize("wrong", [ABSENT, "short", "A" * 32, "0" * 33, "%2e%2e", "é"])
def test_unknown_image(http: FlaskClient, path: str, wrong: str) -> None:
    problem(http.get(f"/images/{wrong}{path}"), 404, "not_found")


@pytest.mark.parametrize("left", [b"<Error>", b"\0" * 500])
def test_a_damaged_original_is_no_fault_of_ours(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes, left: bytes
) -> None:
    container = make_container()
    http = client(container)
    image_id = put(http, photo)
    container.backends.storage.put(f"originals/{image_id}", left, media_type="image/jpeg")
    original = http.get(f"/images/{image_id}/original")
    assert (original.status_code, original.data, original.mimetype) == (200, left, "application/octet-stream")
    problem(http.get(f"/images/{image_id}"), 415, "unsupported_media_type")
    problem(http.get(f"/resize?id={image_id}&w=40"), 415, "unsupported_media_type")
    put(http, photo)
    assert http.get(f"/resize?id={image_id}&w=40").status_code == 200


def test_original_is_for_key_holders_where_keys_are_set(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,), unsigned="all")
    path = f"/images/{put(http, photo, **KEYED)}/original"
    problem(http.get(path), 401, "unauthorized")
    answer = http.get(path, headers=KEYED)
    assert answer.data == photo
    assert answer.headers["Cache-Control"].startswith("private")
    opened = client(api_keys=(KEY_HASH,), originals="public")
    assert opened.get(path).headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, -1), ("bytes=-7", -7, -1), ("bytes=0-99999999", 0, -1)],
)
def test_range(http: FlaskClient, image_id: str, photo: bytes, requested: str, first: int, last: int) -> None:
    answer = http.get(f"/images/{image_id}/original", headers={"Range": requested})
    start, stop = first % len(photo), last % len(photo)
    assert answer.status_code == 206
    assert answer.data == photo[start : stop + 1]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop}/{len(photo)}"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_suffix_longer_than_the_image_is_all_of_it(http: FlaskClient, image_id: str, photo: bytes) -> None:
    """RFC 9110, 14.1.2: then the entire representation is used."""
    answer = http.get(f"/images/{image_id}/original", headers={"Range": "bytes=-99999999"})
    assert answer.status_code in (200, 206)
    assert answer.data == photo


@pytest.mark.parametrize("ignored", ["bytes=abc", "bytes=5-2", "items=0-1", "bytes=0-1,3-4", "bytes", "=,-"])
def test_a_range_without_meaning_is_ignored(http: FlaskClient, image_id: str, photo: bytes, ignored: str) -> None:
    """RFC 9110, 14.2: unknown units and malformed ranges are ignored; several may be answered with the whole."""
    answer = http.get(f"/images/{image_id}/original", headers={"Range": ignored})
    assert answer.status_code == 200
    assert answer.data == photo


@pytest.mark.parametrize("requested", ["bytes=99999999-", "bytes=99999999-99999999999999999999"])
def test_range_behind_the_end(http: FlaskClient, image_id: str, photo: bytes, requested: str) -> None:
    answer = http.get(f"/images/{image_id}/original", headers={"Range": requested})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(photo)}"
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json(force=True)["code"]


@pytest.mark.parametrize(("validator", "status"), [("right", 206), ("wrong", 200), ("weak", 200)])
def test_if_range(http: FlaskClient, image_id: str, validator: str, status: int) -> None:
    """A weak ETag is never the condition of a range (RFC 9110, 13.1.5)."""
    etag = http.get(f"/images/{image_id}/original").headers["ETag"] if validator != "wrong" else '"other"'
    etag = f"W/{etag}" if validator == "weak" else etag
    answer = http.get(f"/images/{image_id}/original", headers={"Range": "bytes=0-9", "If-Range": etag})
    assert answer.status_code == status


@pytest.mark.parametrize("requested", ["bytes=0-1", "bytes=99999999-"])
@pytest.mark.parametrize("known", ["{}", "W/{}", "*"])
def test_what_the_caller_has_needs_no_range(http: FlaskClient, image_id: str, known: str, requested: str) -> None:
    """If-None-Match comes first (RFC 9110, 13.2.2)."""
    path = f"/images/{image_id}/original"
    headers = {"Range": requested, "If-None-Match": known.format(http.get(path).headers["ETag"])}
    assert http.get(path, headers=headers).status_code == 304
    assert http.get(path, headers={"Range": "bytes=0-1", "If-None-Match": '"other"'}).status_code == 206


def test_only_get_has_ranges(http: FlaskClient, image_id: str, photo: bytes) -> None:
    answer = http.head(f"/images/{image_id}/original", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(photo)))


@pytest.mark.parametrize("path", ["/images/{}/original", "/resize?id={}&w=40"])
def test_if_match(http: FlaskClient, image_id: str, path: str) -> None:
    """A 412 was kept for a year, with the image in it."""
    path = path.format(image_id)
    etag = http.get(path).headers["ETag"]
    for matching in (etag, "*", f'"other", {etag}'):
        assert http.get(path, headers={"If-Match": matching}).status_code == 200
    for other in ('"other"', f"W/{etag}"):
        refused = http.get(path, headers={"If-Match": other})
        assert etag in problem(refused, 412, "precondition_failed")["detail"]
        assert refused.headers["Cache-Control"] == "no-store"
        assert http.get(path, headers={"If-Match": other, "If-None-Match": etag}).status_code == 412


def test_another_version_than_the_one_that_is_meant_is_not_deleted(http: FlaskClient, image_id: str) -> None:
    path = f"/images/{image_id}"
    problem(http.delete(path, headers={"If-Match": '"other"'}), 412, "precondition_failed")
    etag = http.get(f"{path}/original").headers["ETag"]
    assert http.delete(path, headers={"If-Match": etag}).status_code == 204


def test_delete_leaves_nothing(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], photo: bytes
) -> None:
    container = make_container()
    http = client(container)
    stored = put(http, photo)
    for width in (40, 80):
        http.get(f"/resize?id={stored}&w={width}")
    answer = http.delete(f"/images/{stored}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert not [key for key in container.backends.storage.keys("") if stored in key]
    for path in (f"/resize?id={stored}&w=40", f"/images/{stored}", f"/images/{stored}/original"):
        problem(http.get(path), 404, "not_found")
    problem(http.delete(f"/images/{stored}"), 404, "not_found")


def test_delete_takes_only_its_own_image(http: FlaskClient, image_id: str) -> None:
    other = put(http, drawing.encoded(drawing.quadrants(), "PNG"))
    http.delete(f"/images/{other}")
    assert http.get(f"/resize?id={image_id}&w=40").status_code == 200


def test_form_deletes_after_asking(http: FlaskClient, image_id: str) -> None:
    page = http.get(f"/images/{image_id}/delete", headers=HTML)
    assert page.status_code == 200
    assert 'method="post"' in page.text
    assert http.get(f"/images/{image_id}").status_code == 200
    answer = http.post(f"/images/{image_id}/delete", headers=HTML)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert http.get(f"/images/{image_id}").status_code == 404


def test_only_key_holders_delete_where_keys_are_set(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,))
    stored = put(http, photo, **KEYED)
    problem(http.delete(f"/images/{stored}"), 401, "unauthorized")
    problem(http.post(f"/images/{stored}/delete"), 401, "unauthorized")
    assert http.delete(f"/images/{stored}", headers=KEYED).status_code == 204


def test_links_for_key_holders_are_signed_where_links_are(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,), signing_keys=(f"a:{SIGNING_KEY}",))
    stored = put(http, drawing.encoded(drawing.photo(600, 300), "JPEG"), **KEYED)
    described = http.get(f"/images/{stored}", headers=KEYED).get_json()
    assert [rendition["width"] for rendition in described["renditions"]] == [480, 600]
    for rendition in described["renditions"]:
        assert http.get(rendition["url"]).status_code == 200, "a link to paste works for everybody"
    url = described["renditions"][0]["url"]
    assert url.replace("&", "&amp;") in described["srcset"]
    strangers = http.get(f"/images/{stored}").get_json()["renditions"]
    assert http.get(strangers[0]["url"]).status_code == 401


@pytest.mark.parametrize("headers", [HTML, {"Accept": "application/json"}])
def test_an_image_is_read_once_for_its_page_and_its_description(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    watched: WatchedStorage,
    photo: bytes,
    headers: dict[str, str],
) -> None:
    http = client(make_container(stored_in=watched))
    stored, reads = put(http, photo), list[str]()
    watched.before = lambda method, key: reads.append(key) if method == "get" else None
    assert http.get(f"/images/{stored}?width=40", headers=headers).status_code == 200
    assert reads == [f"originals/{stored}"]


TOO_LARGE = [
    ({"max_source_bytes": 300}, 413, "source_too_large", "more than 300"),
    ({"max_source_pixels": 100}, 422, "too_many_pixels", "more than 100 pixels"),
    ({"max_frames": 2}, 422, "too_many_frames", "more than 2"),
]


@pytest.mark.parametrize(("lowered", "status", "code", "why"), TOO_LARGE, ids=[code for *_, code, _ in TOO_LARGE])
def test_an_image_that_is_too_large_to_be_a_source_is_offered_as_it_is(
    client: Callable[..., FlaskClient], lowered: dict[str, int], status: int, code: str, why: str
) -> None:
    """As after a limit was lowered."""
    path = f"/images/{put(client(), drawing.animation('GIF', drawing.moving(), duration=50))}"
    http = client(**lowered)
    described = http.get(path).get_json()
    assert (described["frames"], described["renditions"], described["srcset"]) == (4, [], "")
    for query in ("width=20", "width=20&dpr=2", "preset=none"):
        assert why in problem(http.get(f"{path}?{query}"), status, code)["detail"]
        assert http.get(f"{path}?{query}", headers=HTML).status_code == 200
    page = http.get(path, headers=HTML)
    assert page.status_code == 200
    assert why in page.text
    assert {f"{path}/original", f"{path}/delete"} <= links_of(page.text)
    for each in (page.text, http.get(f"{path}/delete", headers=HTML).text):
        assert [link for link in links_of(each) if http.get(link).status_code != 200] == []
    assert http.post(f"{path}/delete", headers=HTML).status_code == 303


def links_of(page: str) -> set[str]:
    """Return what a page leads to or shows of an image."""
    found = re.findall(r'(?:href|src|action)="(/(?:images|resize|info)[^"]*)"', page)
    return {html.unescape(link) for link in found}
