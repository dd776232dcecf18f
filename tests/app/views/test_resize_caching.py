"""ETag, 304 and Cache-Control: what clients and CDNs may keep, and for how long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.access import signing
from app.container import Container
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.http_client import ABSENT, KEY_HASH, KEYED, SIGNING_KEY, problem, put, size
from tests.support.origin import Origin, ok
from tests.support.watched_storage import WatchedStorage

PHOTO = drawing.encoded(drawing.photo(120, 90), "PNG")
NOW = 1_800_000_000.0


def signed(pairs: dict[str, str]) -> dict[str, str]:
    return {**pairs, "s": signing.sign("web", SIGNING_KEY.encode(), "/resize", pairs.items())}


def conditions(etag: str) -> list[str]:
    return [etag, f"W/{etag}", f'"other", {etag}', f'"a", W/{etag}, "b"', "*"]


def test_etag_is_strong_and_quoted(http: FlaskClient, image_id: str) -> None:
    etag = http.get(f"/resize?id={image_id}&w=40").headers["ETag"]
    assert etag.startswith('"')
    assert etag.endswith('"')


@pytest.mark.parametrize("index", range(5))
def test_304_before_anything_is_read_or_decoded(
    client: Callable[..., FlaskClient], watched: WatchedStorage, photo: bytes, index: int
) -> None:
    """The storage is only asked whether the image exists; neither its bytes nor a stored result are read."""
    path = f"/resize?id={put(client(), photo)}&w=40"
    etag = client().get(path).headers["ETag"]
    answer = client(stored_in=watched).get(path, headers={"If-None-Match": conditions(etag)[index]})
    assert (answer.status_code, answer.data) == (304, b"")
    assert dict(watched.calls) == {"stat": 1}
    assert "decode" not in answer.headers["Server-Timing"]
    assert answer.headers["ETag"] == etag
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Type" not in answer.headers


def test_an_image_that_is_not_there_costs_one_look(
    client: Callable[..., FlaskClient], watched: WatchedStorage, image_id: str
) -> None:
    """A stranger can ask for any id, as often as he likes."""
    http = client(stored_in=watched, unsigned="all", api_keys=(KEY_HASH,))
    watched.calls.clear()
    for query in (f"id={ABSENT}&w=40", f"id={image_id}&w=40&watermark={ABSENT}"):
        problem(http.get(f"/resize?{query}"), 404, "not_found")
    assert dict(watched.calls) == {"stat": 3}


@pytest.mark.parametrize("condition", ['"other"', 'W/"x", "y"', "nonsense", "", '"', "W/"])
def test_other_validators_get_the_image(http: FlaskClient, image_id: str, condition: str) -> None:
    path = f"/resize?id={image_id}&w=40"
    assert http.get(path, headers={"If-None-Match": condition}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("?id={id}&w=x", 400), (f"?id={ABSENT}&w=40", 404)],
)
def test_star_does_not_hide_an_error(http: FlaskClient, image_id: str, path: str, status: int) -> None:
    answer = http.get(f"/resize{path.format(id=image_id)}", headers={"If-None-Match": "*"})
    assert answer.status_code == status
    assert "ETag" not in answer.headers


def test_star_is_304_once_there_is_an_image_at_the_url(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    query = {"url": origin.url("/a.jpg"), "w": "40"}
    http = client(source_networks=("127.0.0.0/8",))
    answer = http.get("/resize", query_string=query, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.data) == (304, b"")
    assert "decode" in answer.headers["Server-Timing"]
    assert answer.headers["ETag"] == http.get("/resize", query_string=query).headers["ETag"]


@pytest.mark.parametrize("body", [b"", b"no image", b"monolambda incoming v1\n\x94", PHOTO[:300]])
def test_nothing_is_told_of_bytes_at_a_url_that_are_no_image(
    client: Callable[..., FlaskClient], origin: Origin, body: bytes
) -> None:
    """An ETag of bytes that a stranger chose would be a digest of them made with our secret."""
    origin.routes["/a"] = ok(body)
    http = client(source_networks=("127.0.0.0/8",), source_allow=("127.0.0.1",), unsigned="all")
    for _ in range(2):
        answer = http.get("/resize", query_string={"url": origin.url("/a")}, headers={"If-None-Match": "*"})
        assert answer.status_code in (415, 422)
        assert "ETag" not in answer.headers


def test_another_image_has_another_etag(http: FlaskClient, photo: bytes) -> None:
    stored = [put(http, photo), put(http, PHOTO)]
    one, other = (http.get(f"/resize?id={each}&w=40").headers["ETag"] for each in stored)
    assert one != other
    assert http.get(f"/resize?id={stored[1]}&w=40", headers={"If-None-Match": one}).status_code == 200


def test_an_etag_holds_no_part_of_the_id(http: FlaskClient, image_id: str) -> None:
    etag = http.get(f"/resize?id={image_id}&w=40").headers["ETag"]
    assert not [part for part in (image_id[start : start + 5] for start in range(28)) if part in etag]


def test_a_url_with_other_bytes_has_another_etag(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    query = {"url": origin.url("/a.jpg"), "w": "40"}
    http = client(source_networks=("127.0.0.0/8",), url_max_age_s=0.0)
    origin.routes["/a.jpg"] = ok(photo)
    etag = http.get("/resize", query_string=query).headers["ETag"]
    origin.routes["/a.jpg"] = ok(PHOTO)
    answer = http.get("/resize", query_string=query, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["ETag"] == etag) == (200, False)


def test_deleted_image_is_not_304(http: FlaskClient, image_id: str) -> None:
    path = f"/resize?id={image_id}&w=40"
    etag = http.get(path).headers["ETag"]
    http.delete(f"/images/{image_id}")
    problem(http.get(path, headers={"If-None-Match": etag}), 404, "not_found")


def test_original_has_its_own_304(http: FlaskClient, image_id: str) -> None:
    path = f"/images/{image_id}/original"
    etag = http.get(path).headers["ETag"]
    answer = http.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_etag_follows_the_negotiated_format(http: FlaskClient, image_id: str) -> None:
    path = f"/resize?id={image_id}&w=40&format=auto"
    webp = http.get(path, headers={"Accept": "image/webp"})
    same = http.get(path, headers={"Accept": "image/webp,text/html,*/*;q=0.3"})
    source = http.get(path, headers={"Accept": "*/*"})
    assert webp.headers["ETag"] == same.headers["ETag"] != source.headers["ETag"]
    answer = http.get(path, headers={"Accept": "image/webp", "If-None-Match": webp.headers["ETag"]})
    assert answer.status_code == 304
    assert "Accept" in answer.vary


def test_errors_are_not_kept(http: FlaskClient, image_id: str) -> None:
    for path in ("/nowhere", f"/resize?id={image_id}&w=x", f"/images/{ABSENT}"):
        answer = http.get(path)
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Accept" in answer.vary


def test_stored_image_may_be_kept_for_ever(http: FlaskClient, image_id: str) -> None:
    for method in ("GET", "HEAD"):
        answer = http.open(f"/resize?id={image_id}&w=40", method=method)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_url_result_may_be_kept_until_the_url_is_revalidated(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a.jpg"] = ok(photo)
    http = client(source_networks=("127.0.0.0/8",), url_max_age_s=90.0)
    answer = http.get("/resize", query_string={"url": origin.url("/a.jpg"), "w": "40"})
    assert answer.headers["Cache-Control"] == "public, max-age=90"


def test_a_result_of_a_preset_is_revalidated_because_the_settings_may_change_it(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    before, after = (client(presets=(each,), url_max_age_s=90.0) for each in ("thumb:width=10", "thumb:width=20"))
    path = f"/resize?id={put(before, photo)}&preset=thumb"
    old = before.get(path)
    assert old.headers["Cache-Control"] == "public, max-age=90"
    unchanged = before.get(path, headers={"If-None-Match": old.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["Cache-Control"]) == (304, "public, max-age=90")
    assert size(after.get(path, headers={"If-None-Match": old.headers["ETag"]})) == (20, 15)


def test_keyed_answers_are_private(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,))
    answer = http.get(f"/resize?id={put(http, photo, **KEYED)}&w=40", headers=KEYED)
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (None, "public, max-age=31536000, immutable"),
        (60, "public, max-age=60"),
        (99_000_000, "public, max-age=31536000"),
    ],
)
def test_signed_answers_live_no_longer_than_their_link(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    photo: bytes,
    expires: int | None,
    expected: str,
) -> None:
    stored = put(client(), photo)
    http = client(make_container(signing_keys=(f"web:{SIGNING_KEY}",), now=FakeClock(NOW)))
    pairs = {"id": stored, "w": "40"} | ({"expires": str(int(NOW) + expires)} if expires else {})
    answer = http.get("/resize", query_string=signed(pairs))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == expected


@pytest.mark.parametrize("change", [{"w": "41"}, {"v": "1"}, {"s": "web."}, {"s": "other.abc"}, {"s": "é"}])
def test_signature_covers_every_parameter(
    client: Callable[..., FlaskClient], photo: bytes, change: dict[str, str]
) -> None:
    stored = put(client(), photo)
    http = client(signing_keys=(f"web:{SIGNING_KEY}",))
    pairs = signed({"id": stored, "w": "40"})
    assert http.get("/resize", query_string=pairs).status_code == 200
    problem(http.get("/resize", query_string={**pairs, **change}), 403, "signature_invalid")


def test_expired_link(client: Callable[..., FlaskClient], make_container: Callable[..., Container]) -> None:
    http = client(make_container(signing_keys=(f"web:{SIGNING_KEY}",), now=FakeClock(NOW)))
    pairs = signed({"id": ABSENT, "expires": str(int(NOW))})
    problem(http.get("/resize", query_string=pairs), 403, "signature_expired")


def test_results_of_posts_are_not_kept(http: FlaskClient, image_id: str) -> None:
    assert "no-store" in http.post("/resize", json={"id": image_id, "w": 40}).headers["Cache-Control"]


def test_a_description_is_revalidated_each_time(http: FlaskClient, image_id: str) -> None:
    assert http.get(f"/images/{image_id}").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("query", ["", "&format=auto"])
def test_a_304_has_the_headers_of_the_image_and_not_of_a_page(http: FlaskClient, image_id: str, query: str) -> None:
    """A cache takes them for those of what it keeps (RFC 9111, 3.2), also when it keeps it for strangers."""
    path = f"/resize?id={image_id}&width=20{query}"
    whole = http.get(path)
    for condition in (whole.headers["ETag"], "*"):
        again = http.get(path, headers={"If-None-Match": condition})
        assert again.status_code == 304
        assert "Content-Type" not in again.headers
        for name in ("Content-Security-Policy", "Vary", "Cache-Control", "ETag"):
            assert again.headers.get(name) == whole.headers.get(name), name
